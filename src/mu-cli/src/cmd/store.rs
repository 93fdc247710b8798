//! The store: what is in it, whether it is whole, what of it is still needed, and taking it elsewhere.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use mu_diag::Problem;
use mu_step::StepKey;
use mu_store::{Catalog, Entry, Head, Store, StoreError};

use crate::session::{Purpose, Session};
use crate::store::{StoreOption, canonical, whole_key};
use crate::units::{ago, duration, size};
use crate::{Outcome, disk, render};

#[derive(clap::Args)]
pub(crate) struct StoreCommand {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    store: StoreOption,
}

#[derive(Subcommand)]
enum Action {
    /// Say what is in the store, which files it is kept for, and what runs on it now
    Status,
    /// Read every byte of every object and set aside what is damaged; exits with 1 where there was any
    Verify,
    /// Show the objects that no file that was run, no pin and no running step needs; with --yes, remove them
    Gc {
        /// Remove them
        #[arg(long)]
        yes: bool,
        /// Forget first that these files were run
        #[arg(long, value_name = "FILE")]
        forget: Vec<PathBuf>,
    },
    /// Build the index of the objects anew
    Reindex,
    /// Keep an object, with all that it was made from, whatever needs it
    Pin {
        /// The beginning of its key
        key: String,
    },
    /// Undo `pin`
    Unpin {
        /// The beginning of its key
        key: String,
    },
    /// Write all that a file's tables need into one file, for another machine
    Export {
        /// The file
        file: PathBuf,
        /// The bundle
        #[arg(long, short, value_name = "BUNDLE")]
        output: PathBuf,
        /// Leave out decoded images, which the data set's own files can make again
        #[arg(long)]
        without_data: bool,
    },
    /// Take a bundle in, verify it, and lay out its texts
    Import {
        /// The bundle
        bundle: PathBuf,
        /// Where its texts are laid out
        #[arg(long, value_name = "FOLDER", default_value = ".")]
        into: PathBuf,
    },
}

impl StoreCommand {
    pub(crate) fn run(self) -> Result<Outcome, Problem> {
        let beside = match &self.action {
            Action::Export { file, .. } => file.clone(),
            Action::Import { into, .. } => into.join("bundle.mu"),
            _ => PathBuf::from("file.mu"),
        };
        let root = self.store.of(&beside);
        if !root.is_dir() && !matches!(self.action, Action::Import { .. }) {
            let help = "`mu run` makes one; name another with --store or MU_STORE";
            return Err(Problem::new(format!("there is no store at {}", root.display()), help));
        }
        match self.action {
            Action::Status => status(&Store::read_only(&root)),
            Action::Export { file, output, without_data } => {
                export(&file, &output, without_data, Store::read_only(&root))
            }
            action => {
                let help = "free or repair that folder, or name another";
                change(action, &Store::open(&root).map_err(|e| Problem::new(e, help))?)
            }
        }
    }
}

fn change(action: Action, store: &Store) -> Result<Outcome, Problem> {
    let writable = |e: StoreError| Problem::new(e, "make the store writable");
    match action {
        Action::Verify => verify(store),
        Action::Gc { yes, forget } => {
            for file in forget {
                let name = canonical(&file);
                if !store.forget_root(&name).map_err(writable)? {
                    let help = "`mu store status` lists the files that were run";
                    return Err(Problem::new(format!("{name} was not run on this store"), help));
                }
            }
            gc(store, yes)
        }
        Action::Reindex => {
            let count = Catalog::reindex(store).map_err(|e| Problem::new(e, "make the store writable"))?;
            render::print(&format!("{count} objects\n"));
            Ok(Outcome::Well)
        }
        Action::Pin { key } => {
            let key = whole_key(store, &key)?;
            store.pin(key).map_err(writable)?;
            render::print(&format!("{key} is kept\n"));
            Ok(Outcome::Well)
        }
        Action::Unpin { key } => {
            let key = whole_key(store, &key)?;
            let was = store.unpin(key).map_err(writable)?;
            render::print(&format!("{key} {}\n", if was { "is no longer pinned" } else { "was not pinned" }));
            Ok(Outcome::Well)
        }
        Action::Import { bundle, into } => import(&bundle, &into, store),
        Action::Status | Action::Export { .. } => Ok(Outcome::Well),
    }
}

fn entries(store: &Store) -> Result<Vec<Entry>, Problem> {
    let help = "`mu store reindex` builds the index anew";
    Catalog::open(store).and_then(|c| c.entries()).map_err(|e| Problem::new(e, help))
}

/// By the step's word: how many, how many bytes, how many seconds.
fn by_step<'e>(entries: impl Iterator<Item = &'e Entry>) -> BTreeMap<&'e str, (usize, u64, f64)> {
    let mut all: BTreeMap<&str, (usize, u64, f64)> = BTreeMap::new();
    for entry in entries {
        let sum = all.entry(&entry.step).or_default();
        *sum = (sum.0 + 1, sum.1 + entry.bytes, sum.2 + entry.seconds);
    }
    all
}

fn listed(entries: &[&Entry]) -> String {
    let mut out = format!("{:<10} {:>8} {:>12} {:>10}\n", "step", "objects", "size", "took");
    for (step, (count, bytes, seconds)) in by_step(entries.iter().copied()) {
        out.push_str(&format!("{step:<10} {count:>8} {:>12} {:>10}\n", size(bytes), duration(seconds)));
    }
    let bytes: u64 = entries.iter().map(|e| e.bytes).sum();
    let seconds: f64 = entries.iter().map(|e| e.seconds).sum();
    let all = entries.len();
    out + &format!("{:<10} {all:>8} {:>12} {:>10}\n", "in all", size(bytes), duration(seconds))
}

fn status(store: &Store) -> Result<Outcome, Problem> {
    let entries = entries(store)?;
    let all: Vec<&Entry> = entries.iter().collect();
    let mut out = format!("store {}\n\n{}", store.root().display(), listed(&all));
    let there: HashSet<StepKey> = entries.iter().map(|e| e.key).collect();
    let unlisted = |e: StoreError| Problem::new(e, READABLE);
    let (roots, unknown) = store.roots().map_err(unlisted)?;
    if !roots.is_empty() || !unknown.is_empty() {
        out.push_str("\nkept for\n");
        for error in &unknown {
            out.push_str(&format!("  {error}\n"));
        }
        for root in &roots {
            let have = root.keys.iter().filter(|k| there.contains(k)).count();
            let gone = if Path::new(&root.file).exists() { "" } else { " (the file is gone)" };
            let (file, of) = (&root.file, root.keys.len());
            out.push_str(&format!("  {file}{gone}: {have} of {of} steps, run {}\n", ago(root.at)));
        }
    }
    for pin in store.pins().map_err(unlisted)? {
        out.push_str(&format!("  pin {}\n", pin.short()));
    }
    // Where something of that cannot be read, nobody knows what is free.
    let needed = store.needed().ok();
    let is_free = |e: &&Entry| needed.as_ref().is_some_and(|needed| !needed.contains(&e.key));
    let free: Vec<&Entry> = entries.iter().filter(is_free).collect();
    if !free.is_empty() {
        let bytes: u64 = free.iter().map(|e| e.bytes).sum();
        out.push_str(&format!(
            "\n{} objects ({}) are needed by none of them: `mu store gc`\n",
            free.len(),
            size(bytes)
        ));
    }
    let running = store.running();
    if !running.is_empty() {
        out.push_str("\nrunning\n");
        for (key, holder) in running {
            out.push_str(&format!("  {} {holder}\n", key.short()));
        }
    }
    render::print(&out);
    Ok(Outcome::Well)
}

fn verify(store: &Store) -> Result<Outcome, Problem> {
    let keys: Vec<StepKey> = store.keys().into_iter().collect();
    let help = "make the store writable";
    let mut damaged = store.quarantine_damaged(&keys).map_err(|e| Problem::new(e, help))?;
    for key in &keys {
        if let Ok(Some(object)) = store.get(*key)
            && let Err(error) = object.verify_large()
        {
            store.set_aside(*key).map_err(|e| Problem::new(e, help))?;
            damaged.push((*key, error));
        }
    }
    for (_, error) in &damaged {
        render::eprint(&format!("{error}; set aside, `mu run` makes it again"));
    }
    render::print(&format!("{} objects, {} damaged\n", keys.len(), damaged.len()));
    Ok(if damaged.is_empty() { Outcome::Well } else { Outcome::Failed })
}

/// What to do where a store says what it is kept for, and it cannot be read.
const READABLE: &str = "nothing was removed: what it keeps is not known; have its owner make it readable, or remove it if nobody \
    needs it any more, and try again";

fn gc(store: &Store, yes: bool) -> Result<Outcome, Problem> {
    let collection = store.collect().map_err(|e| Problem::new(e, READABLE))?;
    let entries = entries(store)?;
    let free: Vec<&Entry> = entries.iter().filter(|e| !collection.needs(e.key)).collect();
    if free.is_empty() {
        render::print("everything in the store is needed\n");
        return Ok(Outcome::Well);
    }
    render::print(&listed(&free));
    if !yes {
        render::print("\nnothing was removed: `mu store gc --yes` removes these\n");
        return Ok(Outcome::Well);
    }
    let mut removed = 0;
    for entry in &free {
        let gone = collection.remove(entry.key).map_err(|e| Problem::new(e, "make the store writable"))?;
        removed += usize::from(gone);
    }
    render::print(&format!("\n{removed} objects were removed\n"));
    Ok(Outcome::Well)
}

fn export(file: &Path, output: &Path, without_data: bool, store: Store) -> Result<Outcome, Problem> {
    let session = Session::open_on(Purpose::Read, file, store)?;
    let (plan, store) = (session.plan(), session.store());
    let there = store.keys();
    let keys: Vec<StepKey> = plan
        .graph
        .iter()
        .filter(|(_, step)| !(without_data && step.spec.word() == "data"))
        .map(|(key, _)| key)
        .filter(|key| there.contains(key))
        .collect();
    let missing = plan.missing(&|k| there.contains(&k)).len();
    let folder = file.parent().unwrap_or(Path::new("")).to_owned();
    let mut head = Head { root: session.root()?, ..Head::default() };
    let name = |path: &str| {
        let path = Path::new(path);
        path.strip_prefix(&folder).unwrap_or(path).to_string_lossy().into_owned()
    };
    head.main = name(&file.to_string_lossy());
    for (path, text) in session.texts() {
        head.texts.insert(name(&path), text);
    }
    let bytes = store
        .export(&keys, &head, output)
        .map_err(|e| Problem::new(e, "`mu store verify` finds damaged objects; `mu run` makes them again"))?;
    render::print(&format!("{}: {} objects, {}\n", output.display(), keys.len(), size(bytes)));
    if missing > 0 {
        render::eprint(&format!("note: {missing} steps of {} are not computed yet", file.display()));
    }
    Ok(Outcome::Well)
}

fn import(bundle: &Path, into: &Path, store: &Store) -> Result<Outcome, Problem> {
    let help = "ask for the bundle again; nothing of it was taken in";
    // The file's new place, so that what it needs is kept.
    let place = |head: &Head| canonical(&into.join(&head.main));
    let imported = store.import(bundle, &place).map_err(|e| Problem::new(e, help))?;
    let head = &imported.head;
    for (name, text) in &head.texts {
        let inside = Path::new(name).components().all(|c| matches!(c, std::path::Component::Normal(_)));
        let to = into.join(name);
        let io = |e: std::io::Error| disk::cannot_write(&to, e, "name another folder with --into");
        match mu_file::text(&to) {
            _ if !inside => render::eprint(&format!("note: {name} lies elsewhere; it was not laid out")),
            Ok(here) if here == *text => {}
            Ok(_) => {
                render::eprint(&format!("note: {} is here with another text; it was left", to.display()))
            }
            Err(_) => {
                if let Some(folder) = to.parent() {
                    std::fs::create_dir_all(folder).map_err(io)?;
                }
                std::fs::write(&to, text).map_err(io)?;
            }
        }
    }
    let (added, present) = (imported.added, imported.present);
    render::print(&format!(
        "{added} objects verified and taken in, {present} were here; `mu table {}` prints its tables\n",
        into.join(&head.main).display()
    ));
    Ok(Outcome::Well)
}
