package main

import (
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

// send numbers packets (UDP) or records of one long stream (TCP), has them echoed, and accounts for each and for its bytes.
func send(o options, stop <-chan struct{}) (any, error) {
	tally := newTally()
	if o.udp != "" {
		return sendPackets(o, stop, tally)
	}
	return sendStream(o, stop, tally)
}

func sendPackets(o options, stop <-chan struct{}, tally *tally) (any, error) {
	dialer := net.Dialer{}
	if o.fragment {
		dialer.Control = letFragment
	}
	socket, err := dialer.Dial("udp", o.udp)
	if err != nil {
		return nil, err
	}
	go func() {
		buffer := make([]byte, 65536)
		for {
			length, err := socket.Read(buffer)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil && length >= headerLength { // An ICMP error shows as a read error: the packet counts as lost.
				tally.echoed(buffer[:length])
			}
		}
	}()
	write := func(packet []byte) {
		if _, err := socket.Write(packet); err != nil {
			tally.failed(kindOf(err))
		}
	}
	pace(o, stop, write, tally)
	time.Sleep(o.wait)
	_ = socket.Close()
	return tally.result(), nil
}

func sendStream(o options, stop <-chan struct{}, tally *tally) (any, error) {
	stream, err := net.DialTimeout("tcp", o.tcp, 5*time.Second)
	if err != nil {
		return nil, err
	}
	var broken atomic.Bool
	read := func(stream net.Conn) {
		buffer := make([]byte, o.size)
		for {
			if _, err := io.ReadFull(stream, buffer); err != nil {
				if errors.Is(err, syscall.ECONNRESET) {
					tally.reset()
				}
				broken.Store(!errors.Is(err, net.ErrClosed))
				return
			}
			tally.echoed(buffer)
		}
	}
	go read(stream)
	write := func(record []byte) {
		if !broken.Load() {
			// A path that swallows everything fills the socket: the record then counts as lost instead of blocking.
			_ = stream.SetWriteDeadline(time.Now().Add(2 * time.Second))
			_, err := stream.Write(record)
			if err == nil {
				return
			}
			if errors.Is(err, os.ErrDeadlineExceeded) {
				tally.stalled()
			}
		}
		_ = stream.Close()
		next, err := net.DialTimeout("tcp", o.tcp, 200*time.Millisecond)
		if err != nil {
			broken.Store(true)
			return
		}
		tally.reconnected()
		broken.Store(false)
		stream = next
		go read(next)
		_, _ = next.Write(record)
	}
	pace(o, stop, write, tally)
	time.Sleep(o.wait)
	_ = stream.Close()
	return tally.result(), nil
}

// letFragment clears "don't fragment", which Linux sets by default (ip(7), IP_MTU_DISCOVER).
func letFragment(_, _ string, socket syscall.RawConn) error {
	var failure error
	err := socket.Control(func(descriptor uintptr) {
		failure = syscall.SetsockoptInt(int(descriptor), syscall.IPPROTO_IP, syscall.IP_MTU_DISCOVER, syscall.IP_PMTUDISC_DONT)
	})
	return errors.Join(err, failure)
}

// pace calls write at the rate; what the scheduler delayed is sent at once, so that the count stays true.
func pace(o options, stop <-chan struct{}, write func([]byte), tally *tally) {
	packet := make([]byte, o.size)
	interval := time.Second / time.Duration(o.rate)
	start := time.Now()
	for number := uint64(0); ; number++ {
		if wait := time.Until(start.Add(time.Duration(number) * interval)); wait > 0 {
			select {
			case <-stop:
				return
			case <-time.After(wait):
			}
		} else {
			select {
			case <-stop:
				return
			default:
			}
		}
		tally.late(time.Since(start.Add(time.Duration(number) * interval)))
		fill(packet, number)
		tally.sent()
		write(packet)
	}
}
