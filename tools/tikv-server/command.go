package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"reflect"
	"time"

	"github.com/pingcap/kvproto/pkg/errorpb"
	"github.com/pingcap/kvproto/pkg/kvrpcpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// What the connection errors of faults look like to a client.
var (
	errInjected = status.Error(codes.Unavailable, "injected")
	errLost     = status.Error(codes.Unavailable, "injected: done, but the reply is lost")
)

// do runs one command, however it arrived.
func (n *node) do(ctx context.Context, method string, req any, call func() (any, error)) (any, error) {
	n.callsMu.Lock()
	n.calls[method]++
	n.callsMu.Unlock()
	withCtx, ok := req.(interface{ GetContext() *kvrpcpb.Context })
	if !ok || method == "SplitRegion" {
		return n.guarded(method, req, call)
	}
	f := n.c.faults.take(n.id, method)
	if f != nil {
		if f.Millis > 0 && f.Kind == "delay" {
			time.Sleep(time.Duration(f.Millis) * time.Millisecond)
		}
		if f.Kind == "unavailable" {
			return nil, errInjected
		}
		if e := f.regionError(withCtx.GetContext()); e != nil {
			return regionErrorFor(method, e)
		}
	}
	keys, raw := keysOf(req)
	for _, k := range keys {
		if len(k) == 0 {
			return nil, status.Error(codes.InvalidArgument, "empty key")
		}
	}
	if withCtx.GetContext().GetRegionId() != 0 {
		r, e := n.c.check(n.id, withCtx.GetContext())
		if e != nil {
			return regionErrorFor(method, e)
		}
		for _, k := range keys {
			if !r.contains(k, raw) {
				return regionErrorFor(method, keyNotInRegion(r, k))
			}
		}
		clip(r, req)
		if p, ok := req.(*kvrpcpb.PrewriteRequest); ok {
			for _, m := range p.Mutations {
				r.size.Add(int64(len(m.Key) + len(m.Value)))
			}
			n.keepLocks(ctx, p)
		}
	}
	resp, err := n.guarded(method, req, call)
	if f != nil && f.Kind == "lost-reply" {
		return nil, errLost
	}
	if g, ok := resp.(*kvrpcpb.GetResponse); ok && err == nil && g.Error == nil && g.RegionError == nil && len(g.Value) == 0 {
		g.NotFound = true // unistore holds no empty values
	}
	if s, ok := req.(*kvrpcpb.ScanRequest); ok && s.KeyOnly && err == nil {
		for _, p := range resp.(*kvrpcpb.ScanResponse).Pairs {
			p.Value = nil
		}
	}
	return resp, err
}

// guarded runs a command, and turns what unistore panics on into an error.
func (n *node) guarded(method string, req any, call func() (any, error)) (resp any, err error) {
	defer n.guard.enter(req)()
	defer func() {
		if p := recover(); p != nil {
			fmt.Fprintf(os.Stderr, "store %d: %s: %v\n", n.id, method, p)
			resp, err = nil, status.Errorf(codes.Unimplemented, "%s: %v", method, p)
		}
	}()
	return call()
}

// clip keeps a scan inside the region, as a store does.
func clip(r *region, req any) {
	s, ok := req.(*kvrpcpb.ScanRequest)
	if !ok {
		return
	}
	low, high := &s.StartKey, &s.EndKey
	if s.Reverse {
		low, high = high, low
	}
	if bytes.Compare(*low, r.rawStart) < 0 {
		*low = r.rawStart
	}
	if len(*high) == 0 || bytes.Compare(*high, r.rawEnd) > 0 {
		*high = r.rawEnd
	}
}

// regionErrorFor answers any command with a region error.
func regionErrorFor(method string, e *errorpb.Error) (any, error) {
	m, ok := reflect.TypeFor[*node]().MethodByName(method)
	if !ok {
		return nil, status.Error(codes.Unimplemented, method)
	}
	resp := reflect.New(m.Type.Out(0).Elem())
	field := resp.Elem().FieldByName("RegionError")
	if !field.IsValid() {
		return nil, status.Error(codes.Unavailable, e.Message)
	}
	field.Set(reflect.ValueOf(e))
	return resp.Interface(), nil
}
