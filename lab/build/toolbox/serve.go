package main

import (
	"io"
	"net"
	"strings"
)

// serve sends everything back to whoever sent it.
func serve(o options, stop <-chan struct{}) (any, error) {
	if o.udp != "" {
		for _, port := range strings.Split(o.udp, ",") {
			socket, err := net.ListenPacket("udp", ":"+port)
			if err != nil {
				return nil, err
			}
			go echoPackets(socket)
		}
	}
	if o.tcp != "" {
		for _, port := range strings.Split(o.tcp, ",") {
			listener, err := net.Listen("tcp", ":"+port)
			if err != nil {
				return nil, err
			}
			go echoStreams(listener)
		}
	}
	<-stop
	return nil, nil
}

func echoPackets(socket net.PacketConn) {
	buffer := make([]byte, 65536)
	for {
		length, from, err := socket.ReadFrom(buffer)
		if err != nil {
			continue
		}
		_, _ = socket.WriteTo(buffer[:length], from)
	}
}

func echoStreams(listener net.Listener) {
	for {
		stream, err := listener.Accept()
		if err != nil {
			continue
		}
		go func() {
			_, _ = io.Copy(stream, stream)
			_ = stream.Close()
		}()
	}
}
