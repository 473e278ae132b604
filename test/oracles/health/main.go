// Answers how others judge the health of objects: one JSON line in, one JSON line out. With the argument `inputs` it writes
// the inputs of Argo CD's own tests instead, each with the verdict that they expect.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/argoproj/argo-cd/v3/resource_customizations"
	"github.com/fluxcd/cli-utils/pkg/kstatus/polling/event"
	fluxkstatus "github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"github.com/fluxcd/pkg/apis/kustomize"
	"github.com/fluxcd/pkg/runtime/cel"
	"github.com/fluxcd/pkg/runtime/statusreaders"
	celtypes "github.com/google/cel-go/common/types"
	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kstatus "sigs.k8s.io/cli-utils/pkg/kstatus/status"
	"sigs.k8s.io/yaml"
)

type question struct {
	Profile     string                            `json:"profile"`
	Object      json.RawMessage                   `json:"object"`
	Expressions *kustomize.HealthCheckExpressions `json:"expressions"`
	ReadyExpr   string                            `json:"readyExpr"`
	Dependency  map[string]any                    `json:"dependency"`
}

type answer struct {
	Status string `json:"status"`
	Error  string `json:"error,omitempty"`
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "inputs" {
		if err := writeInputs(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 1 {
			text, _ := json.Marshal(answerTo(line))
			out.Write(append(text, '\n'))
			if in.Buffered() == 0 {
				out.Flush()
			}
		}
		if err != nil {
			out.Flush()
			return
		}
	}
}

// A panic of what is asked is its answer.
func answerTo(line []byte) (a answer) {
	defer func() {
		if r := recover(); r != nil {
			a = answer{Status: "Panic", Error: fmt.Sprint(r)}
		}
	}()
	var q question
	if err := json.Unmarshal(line, &q); err != nil {
		return answer{Status: "Refused", Error: err.Error()}
	}
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(q.Object); err != nil {
		return answer{Status: "Refused", Error: err.Error()}
	}
	status, err := judge(q, object)
	if err != nil {
		return answer{Status: "Unknown", Error: err.Error()}
	}
	return answer{Status: status}
}

func judge(q question, object *unstructured.Unstructured) (string, error) {
	switch q.Profile {
	case "kstatus":
		result, err := kstatus.Compute(object)
		if err != nil {
			return "", err
		}
		return string(result.Status), nil
	case "flux":
		return fluxStatus(object)
	case "expressions":
		evaluator, err := cel.NewStatusEvaluator(q.Expressions)
		if err != nil {
			return "Refused", nil
		}
		result, err := evaluator.Evaluate(context.Background(), object)
		if err != nil {
			return "", err
		}
		return string(result.Status), nil
	case "ready":
		return readiness(q, object)
	case "argo":
		return argoStatus(object)
	}
	return "", fmt.Errorf("no profile %q", q.Profile)
}

// What kustomize-controller asks of a dependency with a readyExpr.
func readiness(q question, object *unstructured.Unstructured) (string, error) {
	expression, err := cel.NewExpression(q.ReadyExpr,
		cel.WithCompile(),
		cel.WithOutputType(celtypes.BoolType),
		cel.WithStructVariables("self", "dep"))
	if err != nil {
		return "Refused", nil
	}
	dependency := &unstructured.Unstructured{}
	text, err := json.Marshal(q.Dependency)
	if err != nil {
		return "", err
	}
	if err := dependency.UnmarshalJSON(text); err != nil {
		return "", err
	}
	ready, err := expression.EvaluateBoolean(context.Background(), map[string]any{"self": object.Object, "dep": dependency.Object})
	if err != nil {
		return "", err
	}
	if ready {
		return "Ready", nil
	}
	return "NotReady", nil
}

// The reader of kustomize-controller for Jobs, kstatus for everything else.
func fluxStatus(object *unstructured.Unstructured) (string, error) {
	jobs := statusreaders.NewCustomJobStatusReader(nil)
	if jobs.Supports(object.GroupVersionKind().GroupKind()) {
		var read *event.ResourceStatus
		read, err := jobs.ReadStatusForObject(context.Background(), nil, object)
		if err != nil {
			return "", err
		}
		return string(read.Status), read.Error
	}
	result, err := fluxkstatus.Compute(object)
	if err != nil {
		return "", err
	}
	return string(result.Status), nil
}

// The script that Argo CD has for the kind, run as its own tests run it.
func argoStatus(object *unstructured.Unstructured) (string, error) {
	script, err := scriptOf(object.GroupVersionKind())
	if script == "" || err != nil {
		return "None", err
	}
	state := lua.NewState()
	defer state.Close()
	state.SetGlobal("obj", luaValue(state, object.Object))
	if err := state.DoString(script); err != nil {
		return "", err
	}
	table, ok := state.Get(-1).(*lua.LTable)
	if !ok {
		return "", fmt.Errorf("the script returns no table")
	}
	switch status := lua.LVAsString(table.RawGetString("status")); status {
	case "Healthy", "Progressing", "Degraded", "Suspended", "Missing":
		return status, nil
	}
	return "Unknown", nil
}

// The script of the kind itself, otherwise one whose folder has `_` for any part of a name.
func scriptOf(gvk schema.GroupVersionKind) (string, error) {
	name := strings.TrimPrefix(gvk.Group+"/"+gvk.Kind, "/")
	files := resource_customizations.Embedded
	for _, folder := range []string{name, path.Join(gvk.Group, "_")} {
		if text, err := files.ReadFile(path.Join(folder, "health.lua")); err == nil {
			return string(text), nil
		}
	}
	entries, err := files.ReadDir(".")
	if err != nil {
		return "", err
	}
	for _, entry := range entries {
		if suffix, ok := strings.CutPrefix(entry.Name(), "_"); ok && strings.HasSuffix(gvk.Group, suffix) {
			text, err := files.ReadFile(path.Join(entry.Name(), "_", "health.lua"))
			return string(text), err
		}
	}
	return "", nil
}

func writeInputs() error {
	files := resource_customizations.Embedded
	out := json.NewEncoder(os.Stdout)
	return fs.WalkDir(files, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Name() != "health_test.yaml" {
			return err
		}
		var listed struct {
			Tests []struct {
				InputPath    string
				HealthStatus struct{ Status string }
			}
		}
		if err := readYAML(file, &listed); err != nil {
			return err
		}
		for _, test := range listed.Tests {
			// Two entries name no input.
			if test.InputPath == "" {
				continue
			}
			var object map[string]any
			name := path.Join(path.Dir(file), test.InputPath)
			if err := readYAML(name, &object); err != nil {
				return err
			}
			line := map[string]any{"name": name, "object": object, "status": test.HealthStatus.Status}
			if err := out.Encode(line); err != nil {
				return err
			}
		}
		return nil
	})
}

func readYAML(file string, into any) error {
	text, err := resource_customizations.Embedded.ReadFile(file)
	if err != nil {
		return err
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

func luaValue(state *lua.LState, value any) lua.LValue {
	switch value := value.(type) {
	case bool:
		return lua.LBool(value)
	case string:
		return lua.LString(value)
	case int64:
		return lua.LNumber(value)
	case float64:
		return lua.LNumber(value)
	case []any:
		table := state.CreateTable(len(value), 0)
		for _, item := range value {
			table.Append(luaValue(state, item))
		}
		return table
	case map[string]any:
		table := state.CreateTable(0, len(value))
		for key, item := range value {
			table.RawSetString(key, luaValue(state, item))
		}
		return table
	}
	return lua.LNil
}
