package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

const account = "/var/run/secrets/kubernetes.io/serviceaccount/"

type apiServer struct {
	base   string
	client *http.Client
}

func openAPIServer() (*apiServer, error) {
	ca, err := os.ReadFile(account + "ca.crt")
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	return &apiServer{
		base:   "https://" + net.JoinHostPort(os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT")),
		client: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}},
	}, nil
}

// call answers the status of HTTP; answers of 400 and more are not read.
func (s *apiServer) call(method, path string, body, answer any) (int, error) {
	token, err := os.ReadFile(account + "token")
	if err != nil {
		return 0, err
	}
	content, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	request, err := http.NewRequest(method, s.base+path, bytes.NewReader(content))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	request.Header.Set("Content-Type", "application/json")
	response, err := s.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if response.StatusCode >= 400 || answer == nil {
		_, err = io.Copy(io.Discard, response.Body)
		return response.StatusCode, err
	}
	return response.StatusCode, json.NewDecoder(response.Body).Decode(answer)
}

type object = map[string]any

const infos = "/apis/crd.antrea.io/v1beta1/antreaagentinfos"

// heartbeat writes the AntreaAgentInfo, every five seconds where upstream does once a minute.
func (a *agent) heartbeat(authority []byte) error {
	for {
		if err := a.report(authority); err != nil {
			fmt.Fprintln(os.Stderr, "AntreaAgentInfo:", err)
			time.Sleep(time.Second)
			continue
		}
		time.Sleep(5 * time.Second)
	}
}

func (a *agent) report(authority []byte) error {
	info, err := a.info()
	if err != nil {
		return err
	}
	metadata := object{"name": a.own.Name}
	info["apiVersion"], info["kind"], info["metadata"] = "crd.antrea.io/v1beta1", "AntreaAgentInfo", metadata
	info["apiCABundle"] = authority
	var found struct {
		Metadata struct{ ResourceVersion string }
	}
	status, err := a.api.call("GET", infos+"/"+a.own.Name, nil, &found)
	if err != nil {
		return err
	}
	method, path := "PUT", infos+"/"+a.own.Name
	if status == http.StatusNotFound {
		method, path = "POST", infos
	} else {
		metadata["resourceVersion"] = found.Metadata.ResourceVersion
	}
	if status, err = a.api.call(method, path, info, nil); err == nil && status >= 400 {
		err = fmt.Errorf("%s answered %d", method, status)
	}
	return err
}

// mayGet asks the API server who holds the token, and whether he may: 200, 401 or 403.
func (a *agent) mayGet(token, path string) int {
	var who struct {
		Status struct {
			Authenticated bool
			User          struct {
				Username string
				Groups   []string
			}
		}
	}
	review := object{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": object{"token": token}}
	status, err := a.api.call("POST", "/apis/authentication.k8s.io/v1/tokenreviews", review, &who)
	if err != nil || status >= 400 || !who.Status.Authenticated {
		return http.StatusUnauthorized
	}
	var may struct{ Status struct{ Allowed bool } }
	user := who.Status.User
	spec := object{"user": user.Username, "groups": user.Groups, "nonResourceAttributes": object{"path": path, "verb": "get"}}
	access := object{"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
	status, err = a.api.call("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", access, &may)
	if err != nil || status >= 400 || !may.Status.Allowed {
		return http.StatusForbidden
	}
	return http.StatusOK
}

func (a *agent) podIP(name string) string {
	namespace, pod, isPod := strings.Cut(name, "/")
	if !isPod {
		return name
	}
	var found struct{ Status struct{ PodIP string } }
	if _, err := a.api.call("GET", "/api/v1/namespaces/"+namespace+"/pods/"+pod, nil, &found); err != nil {
		return ""
	}
	return found.Status.PodIP
}
