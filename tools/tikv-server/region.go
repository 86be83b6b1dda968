package main

import (
	"bytes"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/pingcap/kvproto/pkg/metapb"
)

// lastKey bounds the last region: unistore needs a finite end to scan to.
var lastKey = bytes.Repeat([]byte{0xff}, 256)

// region is one version of one region. It is replaced as a whole when the
// region splits or changes its leader, so readers need no lock.
type region struct {
	meta             *metapb.Region
	leader           uint64 // store
	term             uint64
	rawStart, rawEnd []byte // bounds in user keys
	split            []uint64
	size             *atomic.Int64
	diff             int64
	latches          *latches
}

func newRegion(meta *metapb.Region, leader, term uint64, l *latches) *region {
	r := &region{meta: meta, leader: leader, term: term, size: new(atomic.Int64), latches: l}
	r.rawStart, r.rawEnd = userKey(meta.StartKey), userKey(meta.EndKey)
	if len(meta.EndKey) == 0 {
		r.rawEnd = lastKey
	}
	return r
}

func (r *region) Meta() *metapb.Region { return r.meta }

func (r *region) Diff() *int64 { return &r.diff }

func (r *region) RawStart() []byte { return r.rawStart }

func (r *region) RawEnd() []byte { return r.rawEnd }

func (r *region) AcquireLatches(h []uint64) { r.latches.acquire(h) }

func (r *region) ReleaseLatches(h []uint64) { r.latches.release(h) }

func (r *region) contains(key []byte, raw bool) bool {
	if raw {
		return bytes.Compare(key, r.meta.StartKey) >= 0 && (len(r.meta.EndKey) == 0 || bytes.Compare(key, r.meta.EndKey) < 0)
	}
	return bytes.Compare(key, r.rawStart) >= 0 && (len(r.meta.EndKey) == 0 || bytes.Compare(key, r.rawEnd) < 0)
}

func (r *region) peerOn(store uint64) *metapb.Peer {
	for _, p := range r.meta.Peers {
		if p.StoreId == store {
			return p
		}
	}
	return nil
}

// latches serialises commands that touch the same keys.
type latches struct{ slots [1024]sync.Mutex }

func (l *latches) pick(hashes []uint64) []int {
	slots := make([]int, 0, len(hashes))
	for _, h := range hashes {
		slots = append(slots, int(h%uint64(len(l.slots))))
	}
	slices.Sort(slots)
	return slices.Compact(slots)
}

func (l *latches) acquire(hashes []uint64) {
	for _, s := range l.pick(hashes) {
		l.slots[s].Lock()
	}
}

func (l *latches) release(hashes []uint64) {
	for _, s := range l.pick(hashes) {
		l.slots[s].Unlock()
	}
}
