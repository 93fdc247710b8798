use mu_store::{Catalog, Store};

use crate::disk::store_of;
use crate::workers::{ago, duration};
use crate::{Outcome, StoreOption, render};

/// What was made, the newest first.
#[derive(clap::Args)]
pub(crate) struct Log {
    /// So many lines at most
    #[arg(short, long, default_value_t = 20)]
    number: usize,
    /// Only steps of this word: train, select, unlearn, …
    #[arg(long)]
    step: Option<String>,
    #[command(flatten)]
    store: StoreOption,
}

impl Log {
    pub(crate) fn run(self) -> Outcome {
        let root = store_of("file.mu".as_ref(), self.store.store.as_deref());
        let entries = match Catalog::open(&Store::read_only(&root)).and_then(|c| c.entries()) {
            Ok(entries) => entries,
            Err(reason) => {
                render::problem(&reason, "`mu store reindex` builds the index anew");
                return Outcome::Bad;
            }
        };
        let wanted = entries.iter().rev().filter(|e| self.step.as_ref().is_none_or(|s| e.step == *s));
        let mut out = String::new();
        for entry in wanted.take(self.number) {
            out.push_str(&format!(
                "{}  {:<8} {:>8} {:>10}  {:<8} {}\n",
                entry.key.short(),
                entry.step,
                duration(entry.seconds),
                super::store::size(entry.bytes),
                entry.device.to_lowercase(),
                ago(entry.made),
            ));
        }
        render::print(if out.is_empty() { "nothing was made yet\n" } else { &out });
        Outcome::Well
    }
}
