// Go's crypto/tls as a peer of luatls. What it is told, a line at a time, and
// what it answers stands in spec/interop/program.lua. It checks who it talks to.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	request  = "GET / HTTP/1.0\r\n\r\n"
	patience = 60 * time.Second
)

var versions = map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}

func config(setup map[string]string) (*tls.Config, error) {
	pem, err := os.ReadFile(setup["trust"])
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	version := versions[setup["version"]]
	result := &tls.Config{
		MinVersion: version, MaxVersion: version,
		RootCAs: roots, ClientCAs: roots, ServerName: "localhost",
	}
	if setup["alpn"] != "" {
		result.NextProtos = strings.Split(setup["alpn"], ",")
	}
	if setup["auth"] == "required" {
		result.ClientAuth = tls.RequireAndVerifyClientCert
	}
	if setup["certificate"] != "" {
		own, err := tls.LoadX509KeyPair(setup["certificate"], setup["key"])
		if err != nil {
			return nil, err
		}
		result.Certificates = []tls.Certificate{own}
	}
	return result, nil
}

func or(text, none string) string {
	if text == "" {
		return none
	}
	return text
}

func tell(state tls.ConnectionState) string {
	version, peer := "1.2", "none"
	if state.Version == tls.VersionTLS13 {
		version = "1.3"
	}
	if len(state.PeerCertificates) > 0 {
		peer = state.PeerCertificates[0].Subject.CommonName
	}
	return fmt.Sprintf("version=%s resumed=%t alpn=%s peer=%s",
		version, state.DidResume, or(state.NegotiatedProtocol, "none"), peer)
}

func answer(conn *tls.Conn) {
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	reader := bufio.NewReader(conn)
	for {
		line, err := reader.ReadString('\n')
		if err != nil {
			return
		}
		if line == "\r\n" {
			break
		}
	}
	fmt.Fprintf(conn, "HTTP/1.0 200 OK\r\n\r\n%s\n", tell(conn.ConnectionState()))
}

func serve(setup map[string]string) (string, error) {
	settings, err := config(setup)
	if err != nil {
		return "", err
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", settings)
	if err != nil {
		return "", err
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go answer(conn.(*tls.Conn))
		}
	}()
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port), nil
}

func visit(settings *tls.Config, port string) (string, error) {
	dialer := &net.Dialer{Timeout: patience}
	conn, err := tls.DialWithDialer(dialer, "tcp", "127.0.0.1:"+port, settings)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	io.WriteString(conn, request)
	text, err := io.ReadAll(conn)
	if err != nil {
		return "", err
	}
	if !strings.Contains(string(text), " 200 ") {
		return "", errors.New("there was no answer")
	}
	return tell(conn.ConnectionState()), nil
}

func connect(setup map[string]string) (string, error) {
	settings, err := config(setup)
	if err != nil {
		return "", err
	}
	settings.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	times, err := strconv.Atoi(setup["times"])
	if err != nil {
		return "", err
	}
	var told []string
	for i := 0; i < times; i++ {
		line, err := visit(settings, setup["port"])
		if err != nil {
			return "", err
		}
		told = append(told, line)
	}
	return strings.Join(told, "; "), nil
}

func obey(line string) {
	words := strings.Fields(line)
	setup := map[string]string{}
	for _, word := range words[2:] {
		name, value, _ := strings.Cut(word, "=")
		setup[name] = value
	}
	work := connect
	if words[1] == "serve" {
		work = serve
	}
	said, err := work(setup)
	if err != nil {
		said = "failed: " + err.Error()
	}
	fmt.Printf("reply %s: %s\n", words[0], said)
}

func main() {
	orders := bufio.NewScanner(os.Stdin)
	for orders.Scan() {
		obey(orders.Text())
	}
}
