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
        let (connection, threads) = lsp_server::Connection::stdio();
        let ended = mu_lsp::serve(&connection, &Disk);
        drop(connection);
        let joined = threads.join();
        match (ended, joined) {
            (Ok(()), Ok(())) => Outcome::Well,
            (Err(error), _) => {
                render::problem(
                    &format!("the language server stopped: {}", error.0),
                    "editors start it; it speaks LSP on standard input and output",
                );
                Outcome::Bad
            }
            (_, Err(error)) => {
                render::problem(&format!("the language server stopped: {error}"), "");
                Outcome::Bad
            }
        }
    }
}
