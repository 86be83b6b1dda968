//! What is timed.

use tikv_client::{Error, Key, Snapshot, TransactionClient, TransactionOptions};

const RECORDS: u64 = 20_000;
const SCANNED: u64 = 1_000;
const JOBS: u64 = 10_000;
const BATCH: u64 = 100;

pub type Result<T> = std::result::Result<T, Error>;

/// A small generator (splitmix64), so that the benchmark needs no other crate.
pub struct Rng(pub u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

/// A JSON record of 300 to 500 bytes.
fn value(r: &mut Rng) -> Vec<u8> {
    let pad = "x".repeat(180 + r.below(200) as usize);
    format!(
        r#"{{"id":"{:016x}{:016x}","status":"Pending","attempts":{},"created_at":{},"source":"s3://bucket/recordings/{:08x}.mcap","note":"{}"}}"#,
        r.next(), r.next(), r.below(5), 1_700_000_000_000u64 + r.below(1_000_000_000), r.next() as u32, pad
    )
    .into_bytes()
}

pub struct Bench {
    pub client: TransactionClient,
    pub prefix: String,
}

impl Bench {
    fn key(&self, kind: &str, i: u64) -> Key {
        format!("{}{}/{:08}", self.prefix, kind, i).into_bytes().into()
    }

    pub async fn load(&self) -> Result<()> {
        let mut r = Rng(1);
        let mut keys: Vec<Key> = (0..RECORDS).map(|i| self.key("kv", i)).collect();
        keys.extend((0..SCANNED).map(|i| self.key("scan", i)));
        for kind in ["jobs", "locks", "state"] {
            keys.extend((0..JOBS).map(|i| self.key(kind, i)));
        }
        for chunk in keys.chunks(1000) {
            let mut txn = self.client.begin_optimistic().await?;
            for k in chunk {
                txn.put(k.clone(), value(&mut r)).await?;
            }
            txn.commit().await?;
        }
        Ok(())
    }

    async fn snapshot(&self) -> Result<Snapshot> {
        let ts = self.client.current_timestamp().await?;
        Ok(self.client.snapshot(ts, TransactionOptions::new_optimistic()))
    }

    pub async fn run(&self, op: &str, r: &mut Rng, worker: u64) -> Result<()> {
        match op {
            "put_2pc" | "put_1pc" => self.put(write_options(op == "put_1pc"), r, worker).await,
            "get" => self.get(r).await,
            "batch_get_100" => self.batch_get(r).await,
            "scan_1000" => self.scan().await,
            "claim_2pc" | "claim_1pc" => self.claim(write_options(op == "claim_1pc"), r).await,
            _ => panic!("unknown operation {op}"),
        }
    }

    async fn put(&self, options: TransactionOptions, r: &mut Rng, worker: u64) -> Result<()> {
        let mut txn = self.client.begin_with_options(options).await?;
        txn.put(self.key("put", worker * 100_000 + r.below(10_000)), value(r))
            .await?;
        txn.commit().await?;
        Ok(())
    }

    async fn get(&self, r: &mut Rng) -> Result<()> {
        let got = self.snapshot().await?.get(self.key("kv", r.below(RECORDS))).await?;
        assert!(got.is_some_and(|v| v.len() >= 300), "short value");
        Ok(())
    }

    async fn batch_get(&self, r: &mut Rng) -> Result<()> {
        let start = r.below(RECORDS - BATCH);
        let keys: Vec<Key> = (start..start + BATCH).map(|i| self.key("kv", i)).collect();
        let n = self.snapshot().await?.batch_get(keys).await?.count();
        assert_eq!(n as u64, BATCH);
        Ok(())
    }

    async fn scan(&self) -> Result<()> {
        let from: Key = format!("{}scan/", self.prefix).into_bytes().into();
        let to: Key = format!("{}scan0", self.prefix).into_bytes().into();
        let n = self.snapshot().await?.scan(from..to, SCANNED as u32 + 1).await?.count();
        assert_eq!(n as u64, SCANNED);
        Ok(())
    }

    /// Reads the job, its lock and its state and writes all three, as a worker taking a job does.
    async fn claim(&self, options: TransactionOptions, r: &mut Rng) -> Result<()> {
        let mut txn = self.client.begin_with_options(options).await?;
        let job = r.below(JOBS);
        for kind in ["jobs", "locks", "state"] {
            let got = txn.get(self.key(kind, job)).await;
            if let Err(e) = got {
                let _ = txn.rollback().await;
                return Err(e);
            }
            txn.put(self.key(kind, job), value(r)).await?;
        }
        if let Err(e) = txn.commit().await {
            let _ = txn.rollback().await;
            return Err(e);
        }
        Ok(())
    }
}

fn write_options(fast: bool) -> TransactionOptions {
    let options = TransactionOptions::new_optimistic();
    if fast {
        options.try_one_pc().use_async_commit()
    } else {
        options
    }
}
