// Prints, as JSON, what the OpenAPI documents of Kubernetes leave out about its Go types: which fields are written though they
// are zero, which keep a zero that was given, and which defaults a value gets that says nothing. It runs the defaulting of
// Kubernetes itself, once for each place in each kind where a structure can stand.
//
//	go run -C test/servers/kubernetes ../../../scripts/kubernetes-types.go
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"sort"
	"strings"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	"k8s.io/apimachinery/pkg/runtime"
	apiregistration "k8s.io/kube-aggregator/pkg/apis/apiregistration/install"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/admissionregistration/install"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/certificates/install"
	_ "k8s.io/kubernetes/pkg/apis/coordination/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	_ "k8s.io/kubernetes/pkg/apis/discovery/install"
	_ "k8s.io/kubernetes/pkg/apis/events/install"
	_ "k8s.io/kubernetes/pkg/apis/flowcontrol/install"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	_ "k8s.io/kubernetes/pkg/apis/node/install"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	_ "k8s.io/kubernetes/pkg/apis/rbac/install"
	_ "k8s.io/kubernetes/pkg/apis/resource/install"
	_ "k8s.io/kubernetes/pkg/apis/scheduling/install"
	_ "k8s.io/kubernetes/pkg/apis/storage/install"
)

// A step from a structure into a field of it, through pointers and into the first item of a list.
type step = []int

// fact is what is known of one type.
type fact struct {
	// Zero holds the fields that are written though they are zero, as they are then written.
	Zero map[string]any `json:"zero,omitempty"`
	// Kept names the fields of which a given zero is written.
	Kept []string `json:"kept,omitempty"`
	// Default holds what a value without any of the fields gets, without what the types of its fields get by themselves.
	Default map[string]any `json:"default,omitempty"`
	// Depends says which of the defaults are others when a field is set.
	Depends map[string][]string `json:"depends,omitempty"`
}

var (
	facts = map[string]*fact{}
	types = map[string]reflect.Type{}
	// The defaults of a type in each place where it can stand.
	places = map[string][]map[string]any{}
)

func main() {
	scheme := legacyscheme.Scheme
	apiextensions.Install(scheme)
	apiregistration.Install(scheme)
	roots := map[string]reflect.Type{}
	for gvk, t := range scheme.AllKnownTypes() {
		if _, served := t.FieldByName("ObjectMeta"); gvk.Version != runtime.APIVersionInternal && served {
			roots[gvk.String()] = t
		}
	}
	names := make([]string, 0, len(roots))
	for name := range roots {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		visit(scheme, roots[name], roots[name], nil, nil)
	}
	for name, added := range places {
		facts[name].Default = usual(added)
	}
	reduced := map[string]map[string]any{}
	for name, t := range types {
		reduced[name] = withoutOwn(t)
	}
	for name, rest := range reduced {
		facts[name].Default = rest
	}
	if err := json.NewEncoder(os.Stdout).Encode(facts); err != nil {
		panic(err)
	}
}

// visit records the facts of the type that path leads to in root, and goes on into its fields.
func visit(scheme *runtime.Scheme, root, t reflect.Type, path []step, within []reflect.Type) {
	for _, outer := range within {
		if outer == t {
			return
		}
	}
	name := modelName(t)
	if name == "" {
		return
	}
	added := defaults(scheme, root, path, nil)
	if record(t) {
		depends(scheme, root, t, path, added, facts[name].Depends)
	}
	places[name] = append(places[name], added)
	for _, field := range fields(t) {
		inner := field.Type
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Map {
			record(inner.Elem())
		}
		if inner.Kind() == reflect.Struct {
			visit(scheme, root, inner, append(append([]step{}, path...), field.Index), append(append([]reflect.Type{}, within...), t))
		}
	}
}

// record notes what the type itself says, and whether it was new.
func record(t reflect.Type) bool {
	name := modelName(t)
	if name == "" || facts[name] != nil {
		return false
	}
	facts[name] = &fact{Zero: object(reflect.New(t).Interface()), Kept: kept(t), Depends: map[string][]string{}}
	types[name] = t
	return true
}

// defaults is what the structure at the end of path gets when prepare did what it does to it, and nothing else is there.
func defaults(scheme *runtime.Scheme, root reflect.Type, path []step, prepare func(reflect.Value)) map[string]any {
	object1 := reflect.New(root)
	end := reach(object1.Elem(), path)
	if prepare != nil {
		prepare(end)
	}
	before := object(end.Addr().Interface())
	scheme.Default(object1.Interface().(runtime.Object))
	return difference(object(reach(object1.Elem(), path).Addr().Interface()), before)
}

// depends finds the defaults that are others when one more field is set.
func depends(scheme *runtime.Scheme, root, t reflect.Type, path []step, added map[string]any, found map[string][]string) {
	for _, field := range fields(t) {
		name := jsonName(field)
		with := defaults(scheme, root, path, func(end reflect.Value) { fill(end.FieldByIndex(field.Index)) })
		others := map[string]bool{}
		for key := range added {
			others[key] = true
		}
		for key := range with {
			others[key] = true
		}
		for key := range others {
			if key != name && !reflect.DeepEqual(added[key], with[key]) {
				found[key] = append(found[key], name)
			}
		}
	}
}

// reach goes to the end of path, and makes what is missing on the way.
func reach(value reflect.Value, path []step) reflect.Value {
	for _, index := range path {
		value = value.FieldByIndex(index)
		for value.Kind() == reflect.Pointer || value.Kind() == reflect.Slice {
			if value.Kind() == reflect.Slice {
				if value.Len() == 0 {
					value.Set(reflect.MakeSlice(value.Type(), 1, 1))
				}
				value = value.Index(0)
				continue
			}
			if value.IsNil() {
				value.Set(reflect.New(value.Type().Elem()))
			}
			value = value.Elem()
		}
	}
	return value
}

func fill(value reflect.Value) {
	switch value.Kind() {
	case reflect.String:
		value.SetString("x")
	case reflect.Bool:
		value.SetBool(true)
	case reflect.Int32, reflect.Int64:
		value.SetInt(7)
	case reflect.Pointer:
		value.Set(reflect.New(value.Type().Elem()))
		fill(value.Elem())
	case reflect.Slice:
		value.Set(reflect.MakeSlice(value.Type(), 1, 1))
		fill(value.Index(0))
	case reflect.Map:
		if value.Type().Key().Kind() == reflect.String {
			value.Set(reflect.MakeMap(value.Type()))
			item := reflect.New(value.Type().Elem()).Elem()
			fill(item)
			value.SetMapIndex(reflect.ValueOf("x").Convert(value.Type().Key()), item)
		}
	}
}

// fields lists the fields of a structure that are written, those of inlined structures too.
func fields(t reflect.Type) []reflect.StructField {
	found := []reflect.StructField{}
	for _, field := range reflect.VisibleFields(t) {
		if name := jsonName(field); field.IsExported() && name != "" && name != "-" {
			found = append(found, field)
		}
	}
	return found
}

func jsonName(field reflect.StructField) string {
	return strings.Split(field.Tag.Get("json"), ",")[0]
}

// kept lists the fields of which a zero is written when it is given.
func kept(t reflect.Type) []string {
	names := []string{}
	for _, field := range fields(t) {
		if field.Type.Kind() == reflect.Pointer {
			names = append(names, jsonName(field))
		}
	}
	return names
}

// modelName is the name of a type in OpenAPI, or none for what is written as one value.
func modelName(t reflect.Type) string {
	if t.Kind() != reflect.Struct {
		return ""
	}
	named, ok := reflect.New(t).Interface().(interface{ OpenAPIModelName() string })
	if _, whole := reflect.New(t).Interface().(json.Marshaler); !ok || whole {
		return ""
	}
	parts := strings.Split(named.OpenAPIModelName(), ".")
	return strings.Join(parts[len(parts)-3:], ".")
}

func object(value any) map[string]any {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	read := map[string]any{}
	if err := json.Unmarshal(text, &read); err != nil {
		panic(fmt.Sprintf("%T: %v", value, err))
	}
	return read
}

// difference is what after has more than before.
func difference(after, before map[string]any) map[string]any {
	more := map[string]any{}
	for key, value := range after {
		old, there := before[key]
		if there && reflect.DeepEqual(old, value) {
			continue
		}
		inner, isObject := value.(map[string]any)
		if oldInner, wasObject := old.(map[string]any); isObject && wasObject {
			value = difference(inner, oldInner)
		}
		more[key] = value
	}
	return more
}

// usual is what most places get. What only some get belongs to what is around them.
func usual(places []map[string]any) map[string]any {
	most := map[string]any{}
	for _, place := range places {
		for key, value := range place {
			same, inner := 0, []map[string]any{}
			for _, other := range places {
				if reflect.DeepEqual(other[key], value) {
					same++
				}
				if object, isObject := other[key].(map[string]any); isObject {
					inner = append(inner, object)
				}
			}
			if same*2 > len(places) {
				most[key] = value
			} else if _, done := most[key]; !done && len(inner)*2 > len(places) {
				most[key] = usual(inner)
			}
		}
	}
	return most
}

// withoutOwn is what of the defaults of a type the types of its fields do not get by themselves.
func withoutOwn(t reflect.Type) map[string]any {
	rest := map[string]any{}
	for key, value := range facts[modelName(t)].Default {
		rest[key] = value
	}
	for _, field := range fields(t) {
		given, isObject := rest[jsonName(field)].(map[string]any)
		own := facts[modelName(field.Type)]
		if !isObject || own == nil || field.Type.Kind() != reflect.Struct {
			continue
		}
		delete(rest, jsonName(field))
		if more := difference(given, own.Default); len(more) > 0 {
			rest[jsonName(field)] = more
		}
	}
	return rest
}
