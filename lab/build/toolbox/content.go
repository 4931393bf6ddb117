package main

import (
	"bytes"
	"encoding/binary"
	"math/rand"
	"time"
)

const headerLength = 16

// More bytes than any record has, so that each number has content of its own for a long time.
var noise = func() []byte {
	bytes := make([]byte, 1<<20)
	rand.New(rand.NewSource(1)).Read(bytes)
	return bytes
}()

// fill makes the packet or record with this number: the number, the time, and bytes that follow from the number.
func fill(packet []byte, number uint64) {
	binary.BigEndian.PutUint64(packet, number)
	binary.BigEndian.PutUint64(packet[8:], uint64(time.Now().UnixNano()))
	copy(packet[headerLength:], contentOf(packet))
}

// isWhole tells whether it came back as fill had made it.
func isWhole(packet []byte) bool {
	return bytes.Equal(packet[headerLength:], contentOf(packet))
}

func contentOf(packet []byte) []byte {
	length := len(packet) - headerLength
	start := int(binary.BigEndian.Uint64(packet) * 7919 % uint64(len(noise)-length))
	return noise[start : start+length]
}
