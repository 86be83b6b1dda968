//! Times the operations of a job pipeline with the Rust client.
//!
//! It writes its records, prints `{"ready":true}`, and then takes one measurement a line of standard
//! input, `OPERATION CONCURRENCY SECONDS`, and prints its figures as one line of JSON.

mod measure;
mod operations;

use std::collections::HashMap;
use std::env;
use std::io::{self, BufRead};
use std::sync::Arc;

use tikv_client::TransactionClient;

use operations::Bench;

#[tokio::main]
async fn main() -> operations::Result<()> {
    let list: Vec<String> = env::args().skip(1).collect();
    let args: HashMap<&str, &str> = list
        .chunks(2)
        .map(|pair| (pair[0].trim_start_matches('-'), pair.get(1).map_or("", |s| s)))
        .collect();
    let get = |name: &str, default: &str| args.get(name).map_or(default, |v| v).to_string();
    let client = TransactionClient::new(vec![get("pd", "127.0.0.1:2379")]).await?;
    let bench = Arc::new(Bench {
        client,
        prefix: get("prefix", "bench/rust/"),
    });
    bench.load().await?;
    println!(r#"{{"ready":true}}"#);
    for line in io::stdin().lock().lines() {
        let line = line.expect("standard input");
        let words: Vec<&str> = line.split_whitespace().collect();
        let [op, concurrency, seconds] = words[..] else {
            panic!("not a measurement: {line}")
        };
        let (concurrency, seconds) = (
            concurrency.parse().expect("concurrency"),
            seconds.parse().expect("seconds"),
        );
        println!("{}", measure::measure(&bench, op, concurrency, seconds).await);
    }
    Ok(())
}
