// Answers, for each line of JSON, what Flux makes of a text or of an object with variables in it.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/fluxcd/pkg/envsubst"
	"sigs.k8s.io/yaml"
)

type question struct {
	// Either a text, or an object that is written as YAML first and read again, as kustomize-controller does it.
	Text   *string           `json:"text"`
	Object json.RawMessage   `json:"object"`
	Values map[string]string `json:"values"`
	Strict bool              `json:"strict"`
}

type answer struct {
	Text   *string         `json:"text,omitempty"`
	Object json.RawMessage `json:"object,omitempty"`
	Error  string          `json:"error,omitempty"`
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<26)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		var asked question
		if err := json.Unmarshal(in.Bytes(), &asked); err != nil {
			panic(err)
		}
		given, err := reply(asked)
		if err != nil {
			given = answer{Error: err.Error()}
		}
		if err := out.Encode(given); err != nil {
			panic(err)
		}
	}
}

func reply(asked question) (given answer, err error) {
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("panic: %v", problem)
		}
	}()
	if asked.Text != nil {
		text, err := substitute(*asked.Text, asked)
		return answer{Text: &text}, err
	}
	written, err := yaml.JSONToYAML(asked.Object)
	if err != nil {
		return answer{}, err
	}
	text, err := substitute(string(written), asked)
	if err != nil {
		return answer{}, err
	}
	object, err := yaml.YAMLToJSON([]byte(text))
	return answer{Object: object}, err
}

func substitute(text string, asked question) (string, error) {
	return envsubst.Eval(text, func(name string) (string, bool) {
		value, exists := asked.Values[name]
		return value, exists || !asked.Strict
	})
}
