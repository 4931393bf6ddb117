package main

import (
	"encoding/binary"
	"sort"
	"sync"
	"time"
)

// tally accounts for each number that was sent. Times are of this host's clock only.
type tally struct {
	mutex      sync.Mutex
	count      uint64
	seen       map[uint64]bool
	duplicates int
	resets     int
	reconnects int
	stalls     int
	wrong      int
	failures   map[string]int
	rtts       []time.Duration
	last       time.Time
	longestGap time.Duration
	latest     time.Duration
}

type result struct {
	Sent         uint64  `json:"sent"`
	Received     int     `json:"received"`
	Lost         uint64  `json:"lost"`
	LongestGapMs float64 `json:"longestGapMs"`
	Duplicates   int     `json:"duplicates"`
	Resets       int     `json:"resets"`
	Reconnects   int     `json:"reconnects"`
	Stalls       int     `json:"stalls"`
	// Echoes whose bytes were not those that were sent; their numbers count as lost.
	Wrong int `json:"wrong"`
	// What could not be sent or opened, by the reason.
	Failures map[string]int `json:"failures"`
	RttMsP50 float64        `json:"rttMsP50"`
	RttMsP99 float64        `json:"rttMsP99"`
	RttMsMax float64        `json:"rttMsMax"`
	// How far the sender itself fell behind its rate at worst: the machine stood still, not the path.
	LatestMs float64 `json:"latestMs"`
	// Runs of numbers without an answer, the first of them: the number that it began with, and how many.
	Losses [][2]uint64 `json:"losses"`
}

const reportedLosses = 50

func newTally() *tally {
	return &tally{seen: map[uint64]bool{}, failures: map[string]int{}, last: time.Now()}
}

func (t *tally) with(change func()) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	change()
}

func (t *tally) sent()             { t.with(func() { t.count++ }) }
func (t *tally) reset()            { t.with(func() { t.resets++ }) }
func (t *tally) reconnected()      { t.with(func() { t.reconnects++ }) }
func (t *tally) stalled()          { t.with(func() { t.stalls++ }) }
func (t *tally) failed(why string) { t.with(func() { t.failures[why]++ }) }

func (t *tally) late(by time.Duration) {
	t.with(func() { t.latest = max(t.latest, by) })
}

// echoed accounts for a packet or record that came back.
func (t *tally) echoed(packet []byte) {
	if !isWhole(packet) {
		t.with(func() { t.wrong++ })
		return
	}
	t.answered(binary.BigEndian.Uint64(packet), binary.BigEndian.Uint64(packet[8:]))
}

func (t *tally) answered(number, sentAt uint64) {
	now := time.Now()
	t.with(func() {
		if t.seen[number] {
			t.duplicates++
			return
		}
		t.seen[number] = true
		t.rtts = append(t.rtts, time.Duration(uint64(now.UnixNano())-sentAt))
		if gap := now.Sub(t.last); gap > t.longestGap {
			t.longestGap = gap
		}
		t.last = now
	})
}

func (t *tally) result() result {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	sort.Slice(t.rtts, func(a, b int) bool { return t.rtts[a] < t.rtts[b] })
	return result{
		Sent: t.count, Received: len(t.seen), Lost: t.count - uint64(len(t.seen)), LongestGapMs: milliseconds(t.longestGap),
		Duplicates: t.duplicates, Resets: t.resets, Reconnects: t.reconnects, Stalls: t.stalls,
		Wrong: t.wrong, Failures: t.failures,
		RttMsP50: t.quantile(0.5), RttMsP99: t.quantile(0.99), RttMsMax: t.quantile(1),
		LatestMs: milliseconds(t.latest), Losses: t.losses(),
	}
}

func (t *tally) losses() [][2]uint64 {
	losses := [][2]uint64{}
	for number := uint64(0); number < t.count; number++ {
		if t.seen[number] {
			continue
		}
		if last := len(losses) - 1; last >= 0 && losses[last][0]+losses[last][1] == number {
			losses[last][1]++
		} else if len(losses) < reportedLosses {
			losses = append(losses, [2]uint64{number, 1})
		} else {
			break
		}
	}
	return losses
}

func (t *tally) quantile(share float64) float64 {
	if len(t.rtts) == 0 {
		return 0
	}
	return milliseconds(t.rtts[int(share*float64(len(t.rtts)-1))])
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
