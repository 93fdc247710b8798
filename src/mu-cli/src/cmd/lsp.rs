use mu_diag::Problem;

use crate::Outcome;
use crate::disk::Disk;

#[derive(clap::Args)]
pub(crate) struct Lsp {
    /// Accepted for editors that say how they talk; standard input and output are the only way
    #[arg(long)]
    stdio: bool,
}

impl Lsp {
    pub(crate) fn run(self) -> Result<Outcome, Problem> {
        let (connection, threads) = mu_lsp::stdio();
        let ended = mu_lsp::serve(&connection, &Disk);
        drop(connection);
        // What ended the threads is nearer to the cause than that they ended.
        match threads.join().or(ended.err().map(|e| e.0)) {
            None => Ok(Outcome::Well),
            Some(reason) => {
                let help = "editors start it; it speaks LSP on standard input and output";
                Err(Problem::new(format!("the language server stopped: {reason}"), help))
            }
        }
    }
}
