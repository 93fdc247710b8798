//! A method that is a program of the user's: what it finds in its folder, and what is taken from there. `docs/programs.md` says it to
//! those who write one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use mu_checkpoint::Format;
use mu_step::artefact::{MODULE, OUTPUT, TRAIN};
use mu_step::{Failure, FailureKind, Set, StepSpec, UserProgram, View};
use serde::{Deserialize, Serialize};
use tch::{Device, Kind, Tensor};

use super::interpret::Interpreter;
use super::keeper::{Keeper, STOP};
use super::outside::Outside;
use crate::artefact::{Tensors, store_failure, tensor_bytes};
use crate::child::{self, Ended, Wish};
use crate::nn::Network;
use crate::{load, torch};

/// The number of the contract that a program can ask for.
const CONTRACT: u32 = 1;
/// What a program ends with that diverged.
const DIVERGED: i32 = 3;
/// How many of its last lines a failure tells.
const LINES: usize = 12;
/// More is not kept of a program's own state, bytes.
const MOST_KEPT: u64 = 1 << 33;
/// Where the runner says what LD_LIBRARY_PATH was before it added the engine's libraries.
const OUTER_LIBRARIES: &str = "MU_OUTER_LD_LIBRARY_PATH";

/// `step.json`.
#[derive(Serialize)]
struct Told<'t> {
    contract: u32,
    seed: u64,
    parameters: &'t std::collections::BTreeMap<String, serde_json::Value>,
    classes: usize,
    images: ImagesAt,
    view: &'t View,
}

/// Where the images of the training part lie.
#[derive(Serialize)]
struct ImagesAt {
    file: PathBuf,
    shape: [i64; 4],
}

/// `cost.json`, where a program says what it took.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Took {
    #[serde(default)]
    epochs: usize,
    samples: usize,
    flops: Option<f64>,
}

/// Beside the files of a program's own state.
#[derive(Serialize, Deserialize)]
struct KeptHead {
    program_seconds: f64,
}

impl<'g> Interpreter<'_, 'g> {
    /// Runs a program on the weights as they are; the network has its weights then.
    pub(super) fn program(
        &mut self,
        program: &UserProgram,
        network: &mut Network<'g>,
    ) -> Result<(), Failure> {
        let outside = self.outside.take();
        let Some(outside) = outside else {
            return Err(Failure::new(FailureKind::Kernel, "a program runs in a step of its own"));
        };
        let folder = outside.draft.room().map_err(store_failure)?;
        let at = folder.path();
        let written = self.lay_out(program, at, &outside, network);
        let found = written.and_then(|()| self.start(program, at, &outside));
        let found = found.and_then(|()| self.take(program, at, network));
        self.outside = Some(outside);
        found
    }

    /// Writes what the program finds.
    fn lay_out(
        &self,
        program: &UserProgram,
        at: &Path,
        outside: &Outside<'_>,
        network: &Network<'g>,
    ) -> Result<(), Failure> {
        let files = at.join("program");
        for (number, file) in program.files.iter().enumerate() {
            let to = files.join(&file.name);
            let bytes = outside.context.input(StepSpec::Module(file.module()).key())?.read(MODULE);
            write(&to, &bytes.map_err(store_failure)?)?;
            if number == 0 {
                let mode = fs::Permissions::from_mode(0o755);
                fs::set_permissions(&to, mode).map_err(|e| cannot("write", &to, &e))?;
            }
        }
        let mut weights = Tensors::new();
        for (name, tensor) in &network.tensors {
            let plain = tensor.detach().f_to_kind(Kind::Float).map_err(|e| torch::failed(&e))?;
            weights.insert(name.clone(), plain);
        }
        let safe = at.join("weights.safetensors");
        write(&safe, &tensor_bytes(&weights, None)?)?;
        let no_weights = |e: String| Failure::new(FailureKind::Kernel, format!("weights.pth: {e}"));
        let mut tensors = mu_checkpoint::read(&safe).map_err(|e| no_weights(e.to_string()))?;
        mu_checkpoint::complete(network.graph(), &mut tensors);
        write(&at.join("weights.pth"), &mu_checkpoint::write(&tensors, Format::Pth).map_err(no_weights)?)?;
        let images = &self.data.train;
        let labels =
            Vec::<i64>::try_from(images.labels.f_to_device(Device::Cpu).map_err(|e| torch::failed(&e))?)
                .map_err(|e| torch::failed(&e))?;
        let lists = [
            ("labels.npy", labels),
            ("forget.npy", self.membership.members(Set::Forget)),
            ("retain.npy", self.membership.members(Set::Retain)),
        ];
        let count = lists[0].1.len();
        for (name, list) in lists {
            let bytes = mu_file::npy_of(&list, &[list.len() as u64]);
            write(
                &at.join(name),
                &bytes.map_err(|e| Failure::new(FailureKind::Store, format!("{name}: {e}")))?,
            )?;
        }
        let object = outside.context.input(outside.data)?;
        let [channels, canvas] = images.stored();
        let told = Told {
            contract: CONTRACT,
            seed: self.draws.seed,
            parameters: &program.parameters,
            classes: network.classes(),
            images: ImagesAt {
                file: fs::canonicalize(object.path(TRAIN.images))
                    .unwrap_or_else(|_| object.path(TRAIN.images)),
                shape: [count as i64, channels, canvas, canvas],
            },
            view: outside.view,
        };
        let mut text = serde_json::to_vec_pretty(&told)
            .map_err(|e| Failure::new(FailureKind::Store, format!("step.json: {e}")))?;
        text.push(b'\n');
        write(&at.join("step.json"), &text)?;
        let keep = at.join("keep");
        fs::create_dir_all(&keep).map_err(|e| cannot("create", &keep, &e))
    }

    /// Starts it, and waits for its end.
    fn start(&mut self, program: &UserProgram, at: &Path, outside: &Outside<'_>) -> Result<(), Failure> {
        let name = program.name();
        let file = at.join("program").join(name);
        let mut command = match program.command.split_first() {
            Some((first, more)) => {
                let mut command = Command::new(first);
                command.args(more).arg(&file);
                command
            }
            None => Command::new(&file),
        };
        command.current_dir(at).env("PYTHONUNBUFFERED", "1");
        command.env("MU_STEP", at.join("step.json")).env("MU_KEEP", at.join("keep"));
        command.env("MU_THREADS", outside.context.threads.to_string());
        command.env(
            "MU_DEVICE",
            match outside.context.device {
                Device::Cuda(number) => format!("cuda:{number}"),
                _ => "cpu".to_owned(),
            },
        );
        // It has libraries of its own.
        if let Some(outer) = std::env::var_os(OUTER_LIBRARIES) {
            command.env_remove(OUTER_LIBRARIES);
            if outer.is_empty() {
                command.env_remove("LD_LIBRARY_PATH");
            } else {
                command.env("LD_LIBRARY_PATH", outer);
            }
        }
        let mut keeper = self.keeper.take();
        let mut state = State { folder: at.join("keep"), seen: None };
        if let (Some(keeper), true) = (&mut keeper, outside.alone) {
            state.restore(keeper)?;
        }
        let deadline = self.deadline;
        let mut over = None;
        let mut kept = Ok(());
        let ended = child::run(
            &mut command,
            &mut |line| {
                let (done, of, note) = progress(line);
                self.tell(done, of, note);
            },
            &mut || {
                let Some(keeper) = &mut keeper else { return Wish::GoOn };
                if let Some(most) = deadline.filter(|most| keeper.seconds() > *most) {
                    over = Some(most);
                    return Wish::End;
                }
                if STOP.load(Ordering::Relaxed) {
                    return Wish::End;
                }
                if outside.alone && keeper.is_due() {
                    kept = state.keep(keeper);
                }
                if kept.is_err() { Wish::End } else { Wish::GoOn }
            },
        );
        let stopped = STOP.load(Ordering::Relaxed);
        let last = match &mut keeper {
            Some(keeper) if stopped && outside.alone => state.keep(keeper),
            _ => Ok(()),
        };
        self.keeper = keeper;
        let started = program.command.first().map_or(name, String::as_str);
        let ended = ended.map_err(|e| failed(format!("{name} cannot be started by `{started}`: {e}")))?;
        outside.context.beside.set(outside.context.beside.get().max(ended.peak));
        append(&outside.draft.path(OUTPUT), &ended.words.bytes())?;
        if let Some(most) = over {
            let message = format!("{most:.0} s are over, and {name} had not ended");
            return Err(Failure::new(FailureKind::OverBudget, message));
        }
        if ended.status.success() && results(at).next().is_some() {
            return Ok(());
        }
        kept.and(last)?;
        if stopped {
            return Err(Failure::new(FailureKind::Stopped, "stopped; the next run starts the program again"));
        }
        judge(name, &ended)
    }

    /// Takes what it made.
    fn take(&mut self, program: &UserProgram, at: &Path, network: &mut Network<'g>) -> Result<(), Failure> {
        let name = program.name();
        let found: Vec<PathBuf> = results(at).collect();
        let path = match found.as_slice() {
            [only] => only,
            [] => {
                let message = format!(
                    "{name} ended well and left no weights: it writes result.pth or result.safetensors"
                );
                return Err(failed(message));
            }
            _ => return Err(failed(format!("{name} left both result.pth and result.safetensors"))),
        };
        let made =
            load::fitting(path, network.graph()).map_err(|message| failed(format!("{name}: {message}")))?;
        let mut weights = Tensors::new();
        for (name, tensor) in made {
            let own = tensor.f_to_device(network.device()).and_then(|t| t.f_to_kind(network.kind()));
            weights.insert(name, own.map_err(|e| torch::failed(&e))?);
        }
        network.put(&weights).map_err(|name| failed(format!("the model has no place for {name}")))?;
        let cost = at.join("cost.json");
        if !cost.exists() {
            self.cost.unsaid = true;
            return Ok(());
        }
        let text = mu_file::text(&cost).map_err(|e| cannot("read", &cost, &e))?;
        let took: Took = serde_json::from_str(&text).map_err(|e| {
            failed(format!(
                "{name} left a cost.json that is not {{\"epochs\": 1, \"samples\": 100, \"flops\": 1e9}}: {e}"
            ))
        })?;
        self.cost.epochs += took.epochs as f64;
        self.cost.samples += took.samples;
        self.cost.flops += took.flops.unwrap_or(3.0 * took.samples as f64 * network.graph().flops());
        Ok(())
    }
}

/// What a program that did not end well says.
fn judge(name: &str, ended: &Ended) -> Result<(), Failure> {
    if ended.status.success() {
        return Ok(());
    }
    let said = ended.words.end(LINES);
    let said =
        if said.is_empty() { "it wrote nothing".to_owned() } else { format!("its last lines:\n{said}") };
    if ended.status.code() == Some(DIVERGED) {
        return Err(Failure::new(FailureKind::Diverged, format!("{name} says that it diverged; {said}")));
    }
    Err(failed(format!("{name} ended with {}; {said}", ended.status)))
}

fn failed(message: String) -> Failure {
    Failure::new(FailureKind::Program, message)
}

/// The weights that are there.
fn results(at: &Path) -> impl Iterator<Item = PathBuf> {
    ["result.pth", "result.safetensors"].map(|name| at.join(name)).into_iter().filter(|p| p.is_file())
}

/// `progress DONE OF words`, or any other line.
fn progress(line: &str) -> (usize, usize, String) {
    let parsed = || {
        let mut words = line.strip_prefix("progress ")?.splitn(3, ' ');
        let (done, of) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        Some((done, of, words.next().unwrap_or("").to_owned()))
    };
    parsed().unwrap_or_else(|| (0, 1, line.chars().take(200).collect()))
}

/// What a program keeps in `keep`, and when it was stored last.
struct State {
    folder: PathBuf,
    seen: Option<Vec<(String, u64, Option<SystemTime>)>>,
}

impl State {
    /// Lays out what was kept.
    fn restore(&mut self, keeper: &mut Keeper<'_>) -> Result<(), Failure> {
        let Some((head, files)) = keeper.open::<KeptHead>(Device::Cpu) else { return Ok(()) };
        keeper.spent_before(head.program_seconds);
        for (name, bytes) in files {
            let mut own = vec![0; bytes.numel()];
            bytes.f_copy_data_u8(&mut own, bytes.numel()).map_err(|e| torch::failed(&e))?;
            write(&self.folder.join(name), &own)?;
        }
        self.seen = Some(self.listed()?);
        Ok(())
    }

    /// Stores what is there, where it is not what was stored last. A stop ends the step here.
    fn keep(&mut self, keeper: &mut Keeper<'_>) -> Result<(), Failure> {
        let now = self.listed()?;
        let stopped = STOP.load(Ordering::Relaxed);
        if now.is_empty() || (self.seen.as_ref() == Some(&now) && !stopped) {
            return Ok(());
        }
        if now.iter().map(|(_, size, _)| size).sum::<u64>() > MOST_KEPT {
            return Err(failed(format!("more than {} GB are in `keep`", MOST_KEPT >> 30)));
        }
        let mut files = Tensors::new();
        for (name, ..) in &now {
            let path = self.folder.join(name);
            let bytes = fs::read(&path).map_err(|e| cannot("read", &path, &e))?;
            files.insert(name.clone(), Tensor::from_slice(&bytes));
        }
        self.seen = Some(now);
        keeper.keep(&KeptHead { program_seconds: keeper.seconds() }, &files)
    }

    /// The files in the folder, with sizes and times; what is in folders below is not kept.
    fn listed(&self) -> Result<Vec<(String, u64, Option<SystemTime>)>, Failure> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(|e| cannot("list", &self.folder, &e))? {
            let entry = entry.map_err(|e| cannot("list", &self.folder, &e))?;
            let Some(of) = entry.metadata().ok().filter(fs::Metadata::is_file) else { continue };
            found.push((entry.file_name().to_string_lossy().into_owned(), of.len(), of.modified().ok()));
        }
        found.sort();
        Ok(found)
    }
}

fn cannot(what: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(FailureKind::Store, format!("cannot {what} {}: {error}", path.display()))
}

fn write(to: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(|e| cannot("create", folder, &e))?;
    }
    fs::write(to, bytes).map_err(|e| cannot("write", to, &e))
}

fn append(to: &Path, bytes: &[u8]) -> Result<(), Failure> {
    use std::io::Write;
    let mut file =
        fs::OpenOptions::new().create(true).append(true).open(to).map_err(|e| cannot("write", to, &e))?;
    file.write_all(bytes).map_err(|e| cannot("write", to, &e))
}
