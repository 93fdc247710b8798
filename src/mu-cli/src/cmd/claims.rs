use std::path::PathBuf;

use mu_check::Program;
use mu_numbers::{Measurements, judge};
use mu_store::Store;

use crate::disk::store_of;
use crate::{Outcome, StoreOption, load, render};

#[derive(clap::Args)]
pub(crate) struct Claims {
    /// The file
    file: PathBuf,
    #[command(flatten)]
    store: StoreOption,
}

impl Claims {
    pub(crate) fn run(self) -> Outcome {
        let store = Store::read_only(&store_of(&self.file, self.store.store.as_deref()));
        let Some(loaded) = load::plan(&self.file, &store) else { return Outcome::Bad };
        let measurements = Measurements::read(&loaded.checked.program, &loaded.plan, &store);
        let (text, hold) = claims(&loaded.checked.program, &measurements);
        render::print(if text.is_empty() { "no claims\n" } else { &text });
        if hold { Outcome::Well } else { Outcome::Failed }
    }
}

/// Every claim with its verdict, and whether all hold.
pub(crate) fn claims(program: &Program, measurements: &Measurements<'_>) -> (String, bool) {
    let mut text = String::new();
    let mut all = true;
    for claim in &program.claims {
        let judged = judge(claim, measurements);
        all &= judged.holds == Some(true);
        let (mark, words) = match judged.holds {
            Some(true) => ("✓", "holds"),
            Some(false) => ("✗", "does not hold"),
            None => ("–", "not known yet"),
        };
        text.push_str(&format!("{mark} {}: {words} ({})\n", judged.text, judged.detail));
    }
    (text, all)
}
