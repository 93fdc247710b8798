//! NVIDIA's multi-process service: without it, processes on one GPU take turns; with it, their kernels run side by side.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use mu_diag::Problem;

const CONTROL: &str = "nvidia-cuda-mps-control";
/// How long it may take to be there, or to go.
const PATIENCE: Duration = Duration::from_secs(10);
const TICK: Duration = Duration::from_millis(20);

/// A service of this run's own; it ends with it.
pub(crate) struct Mps {
    control: Child,
    folder: tempfile::TempDir,
}

impl Mps {
    /// Starts it.
    pub(crate) fn start() -> Result<Self, Problem> {
        let error = |message: String| {
            let help = "MPS comes with NVIDIA's driver; leave --mps out, and workers on a GPU take turns";
            Problem::new(message, help)
        };
        let folder = tempfile::tempdir().map_err(|e| error(format!("no folder for MPS: {e}")))?;
        // In the foreground, and told to end when mu does, however that ends: nothing outlives the run.
        let mut command = at("setpriv", folder.path());
        let control = command
            .args(["--pdeathsig", "TERM", CONTROL, "-f"])
            .spawn()
            .map_err(|e| error(format!("setpriv does not start: {e}")))?;
        let mut service = Self { control, folder };
        let begun = Instant::now();
        while !service.pipes().join("control").exists() {
            if let Ok(Some(status)) = service.control.try_wait() {
                return Err(error(format!("{CONTROL} ended at once ({status})")));
            }
            if begun.elapsed() > PATIENCE {
                return Err(error(format!("{CONTROL} did not start within {} s", PATIENCE.as_secs())));
            }
            std::thread::sleep(TICK);
        }
        Ok(service)
    }

    /// Where workers find it: `CUDA_MPS_PIPE_DIRECTORY`.
    pub(crate) fn pipes(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Mps {
    fn drop(&mut self) {
        // Asked to, it ends its servers as well; killed, where it does not.
        let asked = at(CONTROL, self.pipes()).stdin(Stdio::piped()).spawn().and_then(|mut asking| {
            asking.stdin.take().map_or(Ok(()), |mut words| words.write_all(b"quit\n"))?;
            asking.wait()
        });
        let begun = Instant::now();
        while asked.is_ok() && matches!(self.control.try_wait(), Ok(None)) && begun.elapsed() < PATIENCE {
            std::thread::sleep(TICK);
        }
        let _ = self.control.kill();
        let _ = self.control.wait();
    }
}

/// A program that finds, or makes, the service in a folder.
fn at(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.env("CUDA_MPS_PIPE_DIRECTORY", folder).env("CUDA_MPS_LOG_DIRECTORY", folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}
