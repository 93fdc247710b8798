use crate::disk::Disk;
use crate::{Outcome, render};

#[derive(clap::Args)]
pub(crate) struct Lsp {
    /// Accepted for editors that say how they talk; standard input and output are the only way
    #[arg(long)]
    stdio: bool,
}

impl Lsp {
    pub(crate) fn run(self) -> Outcome {
        let (connection, threads) = mu_lsp::stdio();
        let ended = mu_lsp::serve(&connection, &Disk);
        drop(connection);
        // What ended the threads is nearer to the cause than that they ended.
        match threads.join().or(ended.err().map(|e| e.0)) {
            None => Outcome::Well,
            Some(reason) => {
                render::problem(
                    &format!("the language server stopped: {reason}"),
                    "editors start it; it speaks LSP on standard input and output",
                );
                Outcome::Bad
            }
        }
    }
}
