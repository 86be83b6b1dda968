package main

import (
	"context"
	"slices"

	"github.com/pingcap/kvproto/pkg/kvrpcpb"
)

// scanPage is how many keys a reverse scan reads at once.
const scanPage = 1024

// KvScan scans forward as unistore does. Backward unistore reads the newest
// versions, whatever the snapshot, so a reverse scan goes forward through the
// whole range and keeps its end.
func (n *node) KvScan(ctx context.Context, req *kvrpcpb.ScanRequest) (*kvrpcpb.ScanResponse, error) {
	if !req.Reverse {
		return n.Server.KvScan(ctx, req)
	}
	page := *req
	page.Reverse, page.StartKey, page.EndKey, page.Limit = false, req.EndKey, req.StartKey, scanPage
	var tail []*kvrpcpb.KvPair
	for {
		resp, err := n.Server.KvScan(ctx, &page)
		if err != nil || resp.RegionError != nil || resp.Error != nil {
			return resp, err
		}
		tail = append(tail, resp.Pairs...)
		if over := len(tail) - int(req.Limit); over > 0 {
			tail = slices.Clone(tail[over:])
		}
		if len(resp.Pairs) < scanPage {
			break
		}
		page.StartKey = append(slices.Clone(resp.Pairs[len(resp.Pairs)-1].Key), 0)
	}
	slices.Reverse(tail)
	return &kvrpcpb.ScanResponse{Pairs: tail}, nil
}
