package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"strings"
	"time"
)

func (a *agent) serve(certificate tls.Certificate) error {
	listener, err := listen(time.Now().Add(10 * time.Second))
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:   a,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12},
	}
	return server.ServeTLS(listener, "", "")
}

// The agent before may still be on its way out.
func listen(end time.Time) (net.Listener, error) {
	for {
		listener, err := net.Listen("tcp", ":10350")
		if err == nil || time.Now().After(end) {
			return listener, err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

type refusal struct {
	status   int
	sentence string
}

func (r refusal) Error() string { return r.sentence }

func (a *agent) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/readyz" || r.URL.Path == "/livez" {
		_, _ = w.Write([]byte("ok"))
		return
	}
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if status := a.mayGet(token, r.URL.Path); status != http.StatusOK {
		http.Error(w, http.StatusText(status), status)
		return
	}
	answer, err := a.answer(r.URL.Path, r.URL.Query())
	if err != nil {
		status := http.StatusInternalServerError
		if said, ok := err.(refusal); ok {
			status = said.status
		}
		http.Error(w, err.Error(), status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

// selfSigned makes a new authority at each start, as upstream without cert-manager.
func selfSigned() (tls.Certificate, []byte, error) {
	var none tls.Certificate
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return none, nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return none, nil, err
	}
	ca := template(1, "localhost-ca")
	ca.IsCA, ca.BasicConstraintsValid, ca.KeyUsage = true, true, x509.KeyUsageCertSign
	caBytes, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	if err != nil {
		return none, nil, err
	}
	own := template(2, "localhost")
	own.DNSNames, own.IPAddresses = []string{"localhost"}, []net.IP{net.IPv4(127, 0, 0, 1)}
	own.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	bytes, err := x509.CreateCertificate(rand.Reader, own, ca, &key.PublicKey, caKey)
	if err != nil {
		return none, nil, err
	}
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caBytes})
	return tls.Certificate{Certificate: [][]byte{bytes, caBytes}, PrivateKey: key}, authority, nil
}

func template(serial int64, name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(365 * 24 * time.Hour),
	}
}
