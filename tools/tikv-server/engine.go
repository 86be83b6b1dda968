package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pingcap/badger"
	"github.com/pingcap/tidb/pkg/store/mockstore/unistore/config"
	"github.com/pingcap/tidb/pkg/store/mockstore/unistore/lockstore"
	"github.com/pingcap/tidb/pkg/store/mockstore/unistore/tikv/mvcc"
)

// openEngine opens the data that all stores share. now is a timestamp of PD.
func openEngine(dir string, sync bool, now uint64) (*config.Config, *mvcc.DBBundle, error) {
	conf := config.DefaultConf
	conf.Server.Raft = false
	conf.Engine.DBPath = dir
	conf.Engine.SyncWrite = sync
	opts := badger.DefaultOptions
	opts.Dir = filepath.Join(dir, "kv")
	opts.ValueDir = opts.Dir
	opts.ManagedTxns = true
	opts.SyncWrites = sync
	opts.ValueThreshold = conf.Engine.ValueThreshold
	opts.ValueLogWriteOptions.WriteBufferSize = 4 << 20
	opts.ValueLogFileSize = conf.Engine.VlogFileSize
	opts.MaxMemTableSize = conf.Engine.MaxMemTableSize
	opts.NumCompactors = 1
	opts.CompactL0WhenClose = false
	// The engine's hash index sends a fifth of the point reads in tables on disk to the newest version of a key,
	// whatever the snapshot. Its other index, by prefix, does not.
	opts.TableBuilderOptions.SuRFStartLevel = 0
	// No compaction filter: unistore's drops keys that begin with 'n' or 'u' once they are older than the GC safe point.
	db, err := badger.Open(opts)
	if err != nil {
		return nil, nil, err
	}
	bundle := &mvcc.DBBundle{DB: db, LockStore: lockstore.NewMemStore(32 << 20), StateTS: now}
	if err := loadLocks(filepath.Join(dir, "lock_store"), bundle.LockStore); err != nil {
		return nil, nil, err
	}
	return &conf, bundle, nil
}

// loadLocks reads back the locks that the engine wrote when it was last closed:
// for each, the lengths of key and lock, then both.
func loadLocks(file string, locks *lockstore.MemStore) error {
	data, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for len(data) > 0 {
		if len(data) < 8 {
			return fmt.Errorf("%s is cut short", file)
		}
		k, v := int(binary.NativeEndian.Uint32(data)), int(binary.NativeEndian.Uint32(data[4:]))
		if data = data[8:]; len(data) < k+v {
			return fmt.Errorf("%s is cut short", file)
		}
		locks.Put(data[:k], data[k:k+v])
		data = data[k+v:]
	}
	return os.Remove(file)
}
