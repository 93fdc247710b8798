use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mu_check::{Experiment, Point};
use mu_diag::Problem;
use mu_numbers::{Row, results};

use crate::points::{parameters, point};
use crate::session::Session;
use crate::store::StoreOption;
use crate::{Outcome, render};

/// Which numbers differ between two files, or two stores of one file, and whether by more than their spread over seeds.
/// `REVISION:FILE` is a file as it was at a revision of git. Of two points, `EXPERIMENT[axis=value, ..]`, of one file: which
/// parameters differ, and which numbers.
#[derive(clap::Args)]
pub(crate) struct Diff {
    /// The file, REVISION:FILE, or EXPERIMENT[axis=value, ..]
    one: String,
    /// The other [default: the same file]
    two: Option<String>,
    /// The file of two points
    file: Option<PathBuf>,
    /// The other's store [default: the same]
    #[arg(long, value_name = "FOLDER")]
    other_store: Option<PathBuf>,
    /// Numbers that are equal as well
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    store: StoreOption,
}

impl Diff {
    pub(crate) fn run(self) -> Result<Outcome, Problem> {
        if let (Some(two), Some(file)) = (&self.two, &self.file) {
            return self.points(two, file);
        }
        let two = self.two.clone().unwrap_or_else(|| self.one.clone());
        let there = StoreOption { store: self.other_store.clone().or_else(|| self.store.store.clone()) };
        let (one, two) = (side(&self.one, &self.store)?, side(&two, &there)?);
        let (text, same) = compare(&one, &two, self.all);
        render::print(&text);
        Ok(if same { Outcome::Well } else { Outcome::Failed })
    }
}

impl Diff {
    fn points(&self, two: &str, file: &Path) -> Result<Outcome, Problem> {
        let session = Session::open(file, &self.store)?;
        let checked = session.checked();
        let ((e, p), (f, q)) = (point(checked, &self.one)?, point(checked, two)?);
        let (ours, theirs) = (parameters(&checked.sources, e, p), parameters(&checked.sources, f, q));
        let mut out = String::new();
        let said = |rows: &[[String; 3]], name: &str| {
            rows.iter().find(|r| r[0] == name).map_or("–".to_owned(), |r| r[1].clone())
        };
        let mut names: Vec<&String> = ours.iter().chain(&theirs).map(|r| &r[0]).collect();
        let mut seen = std::collections::HashSet::new();
        names.retain(|n| seen.insert(*n));
        for name in names {
            let (a, b) = (said(&ours, name), said(&theirs, name));
            if a != b {
                out.push_str(&format!("{name}: {a} → {b}\n"));
            }
        }
        if out.is_empty() {
            out.push_str("no parameter differs\n");
        }
        let rows = results(session.program(), &session.numbers()).rows();
        // Over all seeds, where none is named.
        let of = |e: &Experiment, p: Point, what: &str| -> Vec<Row> {
            let labels: Vec<(String, String)> =
                e.coords(p).map(|c| (e.axes[c.axis].name.clone(), e.label(c).to_owned())).collect();
            let named = what.contains("seed");
            let at = |row: &&Row| {
                row.experiment == e.name
                    && labels.iter().filter(|(a, _)| named || a != "seed").all(|l| row.axes.contains(l))
            };
            let bare = |row: &Row| Row { experiment: "numbers".to_owned(), axes: Vec::new(), ..row.clone() };
            rows.iter().filter(at).map(bare).collect()
        };
        let (text, same) = compare(&of(e, p, &self.one), &of(f, q, two), self.all);
        render::print(&format!("{out}{}", text.replace("numbers[] ", "")));
        Ok(if same { Outcome::Well } else { Outcome::Failed })
    }
}

/// A side's rows.
fn side(name: &str, store: &StoreOption) -> Result<Vec<Row>, Problem> {
    let (file, _kept) = match name.split_once(':').filter(|_| !Path::new(name).exists()) {
        None => (PathBuf::from(name), None),
        Some((revision, path)) => {
            let folder =
                Path::new(path).parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let file = Path::new(path).file_name().unwrap_or_default().to_string_lossy().into_owned();
            let shown = std::process::Command::new("git")
                .arg("-C")
                .arg(folder)
                .args(["show", &format!("{revision}:./{file}")])
                .output()
                .map_err(|e| Problem::new(format!("cannot run git: {e}"), "install git, or name files"))?;
            if !shown.status.success() {
                let said = String::from_utf8_lossy(&shown.stderr).trim().to_owned();
                let help = "`git log -- FILE` lists revisions";
                return Err(Problem::new(format!("git does not show {name}: {said}"), help));
            }
            // Beside the file, so that what it uses and where its store is are the same.
            let mut kept =
                tempfile::Builder::new().prefix(".mu-diff").suffix(".mu").tempfile_in(folder).map_err(
                    |e| Problem::new(format!("cannot write beside {path}: {e}"), "make the folder writable"),
                )?;
            std::io::Write::write_all(&mut kept, &shown.stdout)
                .map_err(|e| Problem::new(e, "free some room"))?;
            (kept.path().to_owned(), Some(kept))
        }
    };
    let session = Session::open(&file, store)?;
    Ok(results(session.program(), &session.numbers()).rows())
}

/// The values of a metric over the seeds of a point.
#[derive(Default)]
struct Values {
    all: Vec<f64>,
    /// How many of them stopped at a limit.
    inexact: usize,
}

/// What is compared: values by point and metric.
type Grouped = BTreeMap<(String, String), Values>;

fn grouped(rows: &[Row]) -> Grouped {
    let mut of = Grouped::new();
    for row in rows {
        let point: Vec<String> = row
            .axes
            .iter()
            .filter(|(a, v)| a != "seed" && !v.is_empty())
            .map(|(a, v)| format!("{a}={v}"))
            .collect();
        let place = format!("{}[{}]", row.experiment, point.join(", "));
        let values = of.entry((place, row.metric.clone())).or_default();
        values.all.extend(row.value);
        values.inexact += usize::from(!row.exact);
    }
    of
}

fn compare(one: &[Row], two: &[Row], all: bool) -> (String, bool) {
    let (one, two) = (grouped(one), grouped(two));
    let mut out = String::new();
    let (mut same, mut moved, mut equal) = (true, 0, 0);
    let stats = |values: &[f64]| {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
        (mean, if n > 1.0 { squares / (n - 1.0) } else { 0.0 }, n)
    };
    let only = |out: &mut String, name: &str, a: &Grouped, b: &Grouped| {
        let mut places: Vec<&String> =
            a.keys().filter(|k| !b.contains_key(*k)).map(|(place, _)| place).collect();
        places.dedup();
        places.iter().for_each(|place| out.push_str(&format!("only in the {name}: {place}\n")));
        !places.is_empty()
    };
    for ((place, metric), a) in &one {
        let Some(b) = two.get(&(place.clone(), metric.clone())) else { continue };
        let label = format!("{place} {metric}");
        let limit = match a.inexact + b.inexact {
            0 => String::new(),
            n => format!(", {n} of the values stopped at a limit"),
        };
        let (a, b) = (&a.all, &b.all);
        if a.is_empty() || b.is_empty() {
            if a.is_empty() != b.is_empty() {
                same = false;
                out.push_str(&format!("{label}: {} in one of the two\n", "not computed"));
            }
            continue;
        }
        let ((mean_a, var_a, n_a), (mean_b, var_b, n_b)) = (stats(a), stats(b));
        if a == b {
            equal += 1;
            if all {
                out.push_str(&format!("{label}: {mean_a:.4}, the same{limit}\n"));
            }
            continue;
        }
        same = false;
        moved += 1;
        let by = mean_b - mean_a;
        // Two standard errors of a difference of means (Welch); one seed says nothing of that.
        let noise = 2.0 * (var_a / n_a + var_b / n_b).sqrt();
        let beyond = match (n_a.min(n_b) > 1.0, by.abs() > noise) {
            (false, _) => "one seed: no noise to compare with".to_owned(),
            (true, true) => format!("beyond seed noise (±{noise:.4})"),
            (true, false) => format!("within seed noise (±{noise:.4})"),
        };
        out.push_str(&format!("{label}: {mean_a:.4} → {mean_b:.4} ({by:+.4}), {beyond}{limit}\n"));
    }
    same &= !only(&mut out, "first", &one, &two);
    same &= !only(&mut out, "second", &two, &one);
    out.push_str(&format!("{moved} means differ, {equal} are equal to the last digit\n"));
    (out, same)
}
