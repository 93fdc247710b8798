use mu_diag::Problem;
use mu_store::{Catalog, Store};

use crate::store::StoreOption;
use crate::units::{ago, duration, size};
use crate::{Outcome, render};

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
    pub(crate) fn run(self) -> Result<Outcome, Problem> {
        let store = Store::read_only(&self.store.here());
        let entries = Catalog::open(&store)
            .and_then(|c| c.entries())
            .map_err(|reason| Problem::new(reason, "`mu store reindex` builds the index anew"))?;
        let wanted = entries.iter().rev().filter(|e| self.step.as_ref().is_none_or(|s| e.step == *s));
        let mut out = String::new();
        for entry in wanted.take(self.number) {
            out.push_str(&format!(
                "{}  {:<8} {:>8} {:>10}  {:<8} {}\n",
                entry.key.short(),
                entry.step,
                duration(entry.seconds),
                size(entry.bytes),
                entry.device.to_lowercase(),
                ago(entry.made),
            ));
        }
        render::print(if out.is_empty() { "nothing was made yet\n" } else { &out });
        Ok(Outcome::Well)
    }
}
