package main

import (
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
	rtts       []time.Duration
	last       time.Time
	longestGap time.Duration
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
	RttMsP50     float64 `json:"rttMsP50"`
	RttMsP99     float64 `json:"rttMsP99"`
	RttMsMax     float64 `json:"rttMsMax"`
	// The first numbers without an answer, to see whether a loss is one burst.
	FirstLost []uint64 `json:"firstLost"`
}

func newTally() *tally { return &tally{seen: map[uint64]bool{}, last: time.Now()} }

func (t *tally) with(change func()) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	change()
}

func (t *tally) sent()        { t.with(func() { t.count++ }) }
func (t *tally) reset()       { t.with(func() { t.resets++ }) }
func (t *tally) reconnected() { t.with(func() { t.reconnects++ }) }
func (t *tally) stalled()     { t.with(func() { t.stalls++ }) }

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
	firstLost := []uint64{}
	for number := uint64(0); number < t.count && len(firstLost) < 10; number++ {
		if !t.seen[number] {
			firstLost = append(firstLost, number)
		}
	}
	return result{
		Sent: t.count, Received: len(t.seen), Lost: t.count - uint64(len(t.seen)), LongestGapMs: milliseconds(t.longestGap),
		Duplicates: t.duplicates, Resets: t.resets, Reconnects: t.reconnects, Stalls: t.stalls,
		RttMsP50: t.quantile(0.5), RttMsP99: t.quantile(0.99), RttMsMax: t.quantile(1), FirstLost: firstLost,
	}
}

func (t *tally) quantile(share float64) float64 {
	if len(t.rtts) == 0 {
		return 0
	}
	return milliseconds(t.rtts[int(share*float64(len(t.rtts)-1))])
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
