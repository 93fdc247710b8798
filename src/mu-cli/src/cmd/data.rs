use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use mu_diag::Problem;
use mu_fetch::{KNOWN, Published, Wanted, known};
use mu_step::SourceKind;

use crate::units::time;
use crate::{Outcome, render};

#[derive(clap::Args)]
pub(crate) struct Data {
    #[command(subcommand)]
    what: What,
}

/// What is asked about data sets.
#[derive(Subcommand)]
enum What {
    /// Every published data set, and where it lies on this machine
    List,
    /// The folder in which a data set lies
    Path { name: String },
    /// Download a data set from its official address, or go on with a download; it is checked and unpacked
    Fetch {
        name: String,
        /// The folder to put it in [default: MU_DATA/NAME, or mu's folder in the user's cache]
        #[arg(long, value_name = "FOLDER")]
        to: Option<PathBuf>,
        /// Another address of the same files: that of the folder that has them
        #[arg(long, value_name = "URL")]
        from: Option<String>,
        /// How long the server may send nothing
        #[arg(long, value_name = "TIME", value_parser = time, default_value = "60s")]
        quiet: Duration,
    },
    /// Compare a data set with what was published
    Verify { name: String },
}

impl Data {
    pub(crate) fn run(self) -> Result<Outcome, Problem> {
        match self.what {
            What::List => list(),
            What::Path { name } => path(find(&name)?)?,
            What::Fetch { name, to, from, quiet } => fetch(find(&name)?, to, from.as_deref(), quiet)?,
            What::Verify { name } => verify(find(&name)?)?,
        }
        Ok(Outcome::Well)
    }
}

fn find(name: &str) -> Result<&'static Published, Problem> {
    known(name).ok_or_else(|| {
        let names = || KNOWN.iter().map(|k| k.name);
        let all = || format!("there are {}", names().collect::<Vec<_>>().join(", "));
        let help = mu_diag::did_you_mean(name, names()).unwrap_or_else(all);
        Problem::new(format!("no published data set is called `{name}`"), help)
    })
}

/// Where a set lies, if it does.
fn place(set: &Published) -> Option<PathBuf> {
    // Debian's package of Fashion-MNIST is the library's default.
    let own = (set.name == "fashion_mnist").then(|| PathBuf::from("/usr/share/datasets/fashion-mnist"));
    let root = format!("data/{}", set.folder);
    mu_data::places(&root).into_iter().chain(own).find(|p| p.exists())
}

fn list() {
    let width = KNOWN.iter().map(|k| k.name.len()).max().unwrap_or(0);
    for set in KNOWN {
        let at = place(set).map_or_else(
            || match set.downloads.is_empty() {
                true => format!("not here; `mu data fetch {}` says how to get it", set.name),
                false => format!("not here; `mu data fetch {}` downloads it", set.name),
            },
            |p| p.display().to_string(),
        );
        render::print(&format!("{:<width$}  {at}\n{:<width$}  {}\n", set.name, "", set.about));
    }
}

fn not_here(set: &Published) -> Problem {
    let looked: Vec<String> =
        mu_data::places(&format!("data/{}", set.folder)).iter().map(|p| p.display().to_string()).collect();
    let help = format!("`mu data fetch {}`; it is looked for in {}", set.name, looked.join(", "));
    Problem::new(format!("{} is not on this machine", set.name), help)
}

fn path(set: &Published) -> Result<(), Problem> {
    let at = place(set).ok_or_else(|| not_here(set))?;
    render::print(&format!("{}\n", at.display()));
    Ok(())
}

fn fetch(set: &Published, to: Option<PathBuf>, from: Option<&str>, quiet: Duration) -> Result<(), Problem> {
    let folder = to.unwrap_or_else(|| mu_data::home().join(set.folder));
    if set.downloads.is_empty() {
        let message = format!("{} cannot be downloaded for you: {}", set.name, set.about);
        let help = format!("{} (this folder: {})", set.by_hand, folder.display());
        return Err(Problem::new(message, help));
    }
    if mu_fetch::differences(set, &folder).is_empty() {
        render::eprint(&format!("{} is in {} already\n", set.name, folder.display()));
        return Ok(());
    }
    for download in set.downloads {
        let base = from.unwrap_or(download.from);
        let url = format!("{}/{}", base.trim_end_matches('/'), download.file);
        let bar = bar(download.file);
        let wanted = Wanted { name: download.file, md5: download.md5, bytes: download.bytes, quiet };
        let got = mu_fetch::download(&url, &folder, &wanted, &mut |done, of| {
            if let Some(of) = of {
                bar.set_length(of);
            }
            bar.set_position(done);
        });
        bar.finish_and_clear();
        let again = "run it again to go on where it ended; `--from URL` takes it from another address";
        let archive = got.map_err(|e| Problem::new(e, again))?;
        if download.unpack {
            render::eprint(&format!("unpacking {}\n", archive.display()));
            let damaged = |e: mu_fetch::FetchError| {
                Problem::new(e, format!("remove {} and run it again", archive.display()))
            };
            mu_fetch::unpack(&archive, &folder).map_err(damaged)?;
            std::fs::remove_file(&archive).map_err(|e| {
                Problem::new(format!("cannot remove {}: {e}", archive.display()), "it is needed no more")
            })?;
        }
    }
    render::eprint(&format!("{} is in {}\n", set.name, folder.display()));
    Ok(())
}

fn bar(name: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left";
    let bar = ProgressBar::new(0).with_message(name.to_owned());
    bar.with_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// The decoder of a set, with which its samples are counted.
fn decoder(name: &str) -> Option<SourceKind> {
    Some(match name {
        "cifar10" => SourceKind::Cifar10,
        "cifar100" => SourceKind::Cifar100,
        "mnist" | "fashion_mnist" => SourceKind::Idx,
        "svhn" => SourceKind::Svhn,
        "tiny_imagenet" => SourceKind::TinyImagenet,
        "imagenet" => SourceKind::Imagenet,
        "celeba" => SourceKind::Celeba { attribute: "Smiling".to_owned() },
        "unlearn_canvas" => SourceKind::UnlearnCanvas { by_style: false },
        _ => return None,
    })
}

fn verify(set: &Published) -> Result<(), Problem> {
    let at = place(set).ok_or_else(|| not_here(set))?;
    let again = format!("`mu data fetch {}` brings it anew", set.name);
    let wrong = mu_fetch::differences(set, &at);
    // Another form of the same set has files of other names: then its samples tell.
    if !wrong.is_empty() && wrong.len() < set.published().len() {
        return Err(Problem::new(wrong.join("\n"), again));
    }
    let Some(source) = decoder(set.name) else { return Ok(()) };
    let facts = mu_data::facts(&source, Some(&at)).map_err(|e| Problem::new(e, again.clone()))?;
    if let Some(published) = mu_data::nominal(&source)
        && (published.train, published.test) != (facts.train, facts.test)
    {
        let test = |n: Option<usize>| n.map_or(String::new(), |n| format!(" + {n}"));
        let message = format!(
            "{} has {}{} samples, {}{} were published",
            at.display(),
            facts.train,
            test(facts.test),
            published.train,
            test(published.test)
        );
        return Err(Problem::new(message, again));
    }
    let test = facts.test.map_or(String::new(), |n| format!(" + {n}"));
    render::print(&format!("{}: {}{test} samples, BLAKE3 {}\n", at.display(), facts.train, facts.digest));
    Ok(())
}
