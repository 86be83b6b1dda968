package main

import (
	"fmt"

	"github.com/pingcap/kvproto/pkg/errorpb"
	"github.com/pingcap/kvproto/pkg/kvrpcpb"
	"github.com/pingcap/tidb/pkg/util/codec"
)

// keysOf lists the keys that must lie in the region a request names.
func keysOf(req any) (keys [][]byte, raw bool) {
	switch r := req.(type) {
	case *kvrpcpb.GetRequest:
		return [][]byte{r.Key}, false
	case *kvrpcpb.BatchGetRequest:
		return r.Keys, false
	case *kvrpcpb.ScanRequest:
		if !r.Reverse && len(r.StartKey) > 0 {
			return [][]byte{r.StartKey}, false
		}
	case *kvrpcpb.PrewriteRequest:
		return mutationKeys(r.Mutations), false
	case *kvrpcpb.PessimisticLockRequest:
		return mutationKeys(r.Mutations), false
	case *kvrpcpb.PessimisticRollbackRequest:
		return r.Keys, false
	case *kvrpcpb.CommitRequest:
		return r.Keys, false
	case *kvrpcpb.BatchRollbackRequest:
		return r.Keys, false
	case *kvrpcpb.CleanupRequest:
		return [][]byte{r.Key}, false
	case *kvrpcpb.ResolveLockRequest:
		return r.Keys, false
	case *kvrpcpb.CheckTxnStatusRequest:
		return [][]byte{r.PrimaryKey}, false
	case *kvrpcpb.CheckSecondaryLocksRequest:
		return r.Keys, false
	case *kvrpcpb.TxnHeartBeatRequest:
		return [][]byte{r.PrimaryLock}, false
	case *kvrpcpb.RawGetRequest:
		return [][]byte{r.Key}, true
	case *kvrpcpb.RawPutRequest:
		return [][]byte{r.Key}, true
	case *kvrpcpb.RawDeleteRequest:
		return [][]byte{r.Key}, true
	case *kvrpcpb.RawCASRequest:
		return [][]byte{r.Key}, true
	case *kvrpcpb.RawGetKeyTTLRequest:
		return [][]byte{r.Key}, true
	case *kvrpcpb.RawBatchGetRequest:
		return r.Keys, true
	case *kvrpcpb.RawBatchDeleteRequest:
		return r.Keys, true
	case *kvrpcpb.RawBatchPutRequest:
		for _, p := range r.Pairs {
			keys = append(keys, p.Key)
		}
		return keys, true
	case *kvrpcpb.RawScanRequest:
		if !r.Reverse && len(r.StartKey) > 0 {
			return [][]byte{r.StartKey}, true
		}
		return nil, true
	case *kvrpcpb.RawDeleteRangeRequest:
		return [][]byte{r.StartKey}, true
	}
	return nil, false
}

func mutationKeys(ms []*kvrpcpb.Mutation) [][]byte {
	keys := make([][]byte, len(ms))
	for i, m := range ms {
		keys[i] = m.Key
	}
	return keys
}

func encodeKey(key []byte) []byte { return codec.EncodeBytes(nil, key) }

// userKey turns a boundary into the user key it stands for: transactional
// clients use memory-comparable boundaries, raw clients plain ones.
func userKey(boundary []byte) []byte {
	if len(boundary) == 0 {
		return nil
	}
	rest, key, err := codec.DecodeBytes(boundary, nil)
	if err != nil || len(rest) != 0 {
		return boundary
	}
	return key
}

func keyNotInRegion(r *region, key []byte) *errorpb.Error {
	return &errorpb.Error{
		Message:        fmt.Sprintf("key is not in region %d", r.meta.Id),
		KeyNotInRegion: &errorpb.KeyNotInRegion{Key: key, RegionId: r.meta.Id, StartKey: r.meta.StartKey, EndKey: r.meta.EndKey},
	}
}
