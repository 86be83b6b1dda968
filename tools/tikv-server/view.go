package main

import (
	"fmt"

	"github.com/pingcap/kvproto/pkg/errorpb"
	"github.com/pingcap/kvproto/pkg/kvrpcpb"
	"github.com/pingcap/tidb/pkg/store/mockstore/unistore/tikv"
	"github.com/pingcap/tidb/pkg/util/codec"
)

// view is the cluster as one store shows it to its clients.
type view struct {
	*cluster
	store uint64
}

func (v view) GetRegionFromCtx(ctx *kvrpcpb.Context) (tikv.RegionCtx, *errorpb.Error) {
	r, e := v.check(v.store, ctx)
	if e != nil {
		return nil, e
	}
	return r, nil
}

func (v view) GetStoreInfoFromCtx(*kvrpcpb.Context) (string, uint64, *errorpb.Error) {
	return v.nodes[v.store].addr, v.store, nil
}

func (v view) GetStoreIDByAddr(addr string) (uint64, error) {
	for id, n := range v.nodes {
		if n.addr == addr {
			return id, nil
		}
	}
	return 0, fmt.Errorf("no store at %s", addr)
}

func (v view) GetStoreAddrByStoreID(id uint64) (string, error) {
	if n := v.nodes[id]; n != nil {
		return n.addr, nil
	}
	return "", fmt.Errorf("no store %d", id)
}

func (v view) SplitRegion(req *kvrpcpb.SplitRegionRequest) *kvrpcpb.SplitRegionResponse {
	r, e := v.check(v.store, req.Context)
	if e != nil {
		return &kvrpcpb.SplitRegionResponse{RegionError: e}
	}
	keys := req.SplitKeys
	if len(keys) == 0 && len(req.SplitKey) != 0 {
		keys = [][]byte{req.SplitKey}
	}
	bounds := make([][]byte, len(keys))
	for i, k := range keys {
		if !r.contains(k, req.IsRawKv) {
			return &kvrpcpb.SplitRegionResponse{RegionError: keyNotInRegion(r, k)}
		}
		bounds[i] = k
		if !req.IsRawKv {
			bounds[i] = codec.EncodeBytes(nil, k)
		}
	}
	metas, err := v.splitAt(r.meta.Id, bounds)
	if err != nil {
		return &kvrpcpb.SplitRegionResponse{RegionError: &errorpb.Error{Message: err.Error()}}
	}
	resp := &kvrpcpb.SplitRegionResponse{Regions: metas}
	if len(metas) == 2 {
		resp.Left, resp.Right = metas[0], metas[1]
	}
	return resp
}

func (v view) Close() error { return nil }
