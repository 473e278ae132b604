// Applies, for each line of JSON, one object to an API server as kustomize-controller does it: with the ssa package of Flux and the options that the
// controller gives it.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/fluxcd/pkg/ssa"
	"github.com/fluxcd/pkg/ssa/jsondiff"
	"github.com/fluxcd/pkg/ssa/normalize"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

type question struct {
	Kubeconfig string          `json:"kubeconfig"`
	Manager    string          `json:"manager"`
	Object     json.RawMessage `json:"object"`
	// The paths of `spec.ignore`, for all objects.
	Ignore []string `json:"ignore"`
	Force  bool     `json:"force"`
}

type answer struct {
	Action string `json:"action,omitempty"`
	Error  string `json:"error,omitempty"`
}

const group = "kustomize.toolkit.fluxcd.io"

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<26)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		var asked question
		if err := json.Unmarshal(in.Bytes(), &asked); err != nil {
			panic(err)
		}
		action, err := apply(asked)
		given := answer{Action: action}
		if err != nil {
			given.Error = err.Error()
		}
		if err := out.Encode(given); err != nil {
			panic(err)
		}
	}
	if err := in.Err(); err != nil {
		panic(err)
	}
}

func apply(asked question) (string, error) {
	config, err := clientcmd.RESTConfigFromKubeConfig([]byte(asked.Kubeconfig))
	if err != nil {
		return "", err
	}
	http, err := rest.HTTPClientFor(config)
	if err != nil {
		return "", err
	}
	mapper, err := apiutil.NewDynamicRESTMapper(config, http)
	if err != nil {
		return "", err
	}
	kube, err := client.New(config, client.Options{Mapper: mapper})
	if err != nil {
		return "", err
	}
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(asked.Object); err != nil {
		return "", err
	}
	if err := normalize.Unstructured(object); err != nil {
		return "", err
	}
	manager := ssa.NewResourceManager(kube, nil, ssa.Owner{Field: asked.Manager, Group: group})
	entry, err := manager.Apply(context.Background(), object, options(asked))
	if err != nil {
		return "", err
	}
	return string(entry.Action), nil
}

// What kustomize-controller 1.9 sets (internal/controller/kustomization_controller.go, `apply`).
func options(asked question) ssa.ApplyOptions {
	opts := ssa.DefaultApplyOptions()
	opts.Force = asked.Force
	says := func(key, value string) map[string]string {
		return map[string]string{fmt.Sprintf("%s/%s", group, key): value}
	}
	opts.ExclusionSelector = says("reconcile", "disabled")
	opts.ExclusionSelector[group+"/ssa"] = "ignore"
	opts.IfNotPresentSelector = says("ssa", "ifnotpresent")
	opts.ForceSelector = says("force", "enabled")
	if len(asked.Ignore) > 0 {
		opts.DriftIgnoreRules = []jsondiff.IgnoreRule{{Paths: asked.Ignore}}
	}
	opts.Cleanup = ssa.ApplyCleanupOptions{
		Annotations: []string{"kubectl.kubernetes.io/last-applied-configuration"},
		FieldManagers: []ssa.FieldManager{
			{Name: "kubectl", OperationType: "Apply"},
			{Name: "kubectl", OperationType: "Update"},
			{Name: "before-first-apply", OperationType: "Update"},
			{Name: asked.Manager, OperationType: "Update"},
		},
		Exclusions: says("ssa", "merge"),
	}
	return opts
}
