//! A table's layout, independent of how it is written.

use std::collections::{HashMap, HashSet};

use mu_check::{
    Bound, Coord, Dimension, Experiment, Metric, Optimum, Paired, PairedTest, Point, SIGNIFICANT, Table, Unit,
};

use mu_diag::one_line;
use mu_numbers::{Aggregate, Cell, Measurements, Outcome, inference};
use mu_step::StepKey;

/// A table with its cells filled.
#[derive(Clone, Debug)]
pub struct Filled {
    /// Its name.
    pub name: String,
    /// Its caption.
    pub caption: Option<String>,
    /// What the rows run over.
    pub row_names: Vec<String>,
    /// The label of each row, one part per dimension.
    pub rows: Vec<Vec<String>>,
    /// The label of each column, one part per dimension.
    pub columns: Vec<Vec<String>>,
    /// `cells[row][column]`
    pub cells: Vec<Vec<FilledCell>>,
    /// For metrics, the sign of what is best.
    pub signs: Vec<(String, String)>,
    /// Footnotes; cells refer to them by number.
    pub notes: Vec<Note>,
    /// Values that are neither there nor failed.
    pub missing: usize,
    /// Tuned parameters with the values that were chosen, by method.
    pub tuned: Vec<String>,
    /// The compute budgets of its experiment.
    pub limits: Vec<String>,
    /// What the marks of significance say.
    pub test: Option<String>,
    /// Models and forget sets behind the cells that people should know something of, in words.
    pub warnings: Vec<String>,
    /// Of denoisers: how right their judge is, and which conditions were never trained.
    pub judged: Vec<String>,
    /// What the marks of values that stopped at a limit say.
    pub bounds: Option<String>,
    /// Which metrics leave out held-out samples of forgotten classes, and where.
    pub left_out: Option<String>,
}

/// A cell.
#[derive(Clone, Debug)]
pub struct FilledCell {
    /// Its value.
    pub cell: Option<Cell>,
    /// Its footnote.
    pub note: Option<usize>,
    /// Decimals.
    pub digits: usize,
    /// Whether it is the best of the methods under the same circumstances.
    pub best: bool,
    /// Whether it is the second best of them.
    pub second: bool,
    /// The measured numbers that it comes from.
    pub steps: Vec<StepKey>,
    /// How far it is from the metric's optimum.
    pub gap: Option<f64>,
    /// What others reported, and whether ours agrees.
    pub expected: Option<(f64, bool)>,
    /// The p-value of its difference from the method that the table tests against, corrected over the table.
    pub p: Option<f64>,
}

/// A footnote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it says.
    pub text: String,
}

/// One position along rows or columns.
#[derive(Clone, Default)]
struct Position<'t> {
    labels: Vec<String>,
    coords: Vec<Coord>,
    /// Where it stands on each axis that is shown; nowhere for points that are not on it.
    place: Vec<Option<usize>>,
    metric: Option<&'t Metric>,
}

/// Fills a table's cells.
#[must_use]
pub fn fill(table: &Table, measurements: &Measurements<'_>) -> Filled {
    let query = &table.query;
    let experiment = measurements.experiment(query.experiment);
    let (rows, columns) = (positions(&table.rows, experiment), positions(&table.columns, experiment));
    let shown: Vec<usize> = table
        .rows
        .iter()
        .chain(&table.columns)
        .filter_map(|d| if let Dimension::Axis(a) = d { Some(*a) } else { None })
        .collect();
    let holds = |p: &Point| query.filter.as_ref().is_none_or(|f| experiment.keeps(f, *p));
    let place =
        |p: Point| -> Vec<Option<usize>> { shown.iter().map(|a| experiment.position(p, *a)).collect() };
    // The points by where they stand on the axes that are shown; a place where none stands is not shown.
    let there: HashSet<Vec<Option<usize>>> = experiment.points().filter(holds).map(place).collect();
    let mut at: HashMap<Vec<Option<usize>>, Vec<Point>> = HashMap::new();
    for p in measurements.points(query.experiment).iter().copied().filter(holds) {
        at.entry(place(p)).or_default().push(p);
    }
    let both = |row: &Position<'_>, column: &Position<'_>| [row.place.clone(), column.place.clone()].concat();
    let rows: Vec<Position<'_>> =
        rows.into_iter().filter(|r| columns.iter().any(|c| there.contains(&both(r, c)))).collect();
    let columns: Vec<Position<'_>> =
        columns.into_iter().filter(|c| rows.iter().any(|r| there.contains(&both(r, c)))).collect();
    let mut notes: Vec<Note> = Vec::new();
    let mut missing = 0;
    let mut cells = Vec::new();
    let mut places = Vec::new();
    let (mut inexact, mut left_out) = (Inexact::default(), LeftOut::default());
    for row in &rows {
        let (mut line, mut line_places) = (Vec::new(), Vec::new());
        for column in &columns {
            let Some(metric) = row.metric.or(column.metric) else { continue };
            let coords: Vec<Coord> = row.coords.iter().chain(&column.coords).copied().collect();
            let points = at.get(&both(row, column)).map_or(&[][..], |p| p);
            let found = measurements.aggregate(query, metric, points);
            missing += found.missing;
            inexact.see(metric, &found);
            left_out.see(experiment, metric, &coords, &found);
            let note = found.failed.first().map(|failure| {
                let (failed, count) = (found.failed.len(), found.count);
                let text = format!(
                    "{failed} of {count} failed ({}): {}",
                    failure.kind.word(),
                    one_line(&failure.message)
                );
                let at = notes.iter().position(|n| n.text == text);
                at.unwrap_or_else(|| {
                    notes.push(Note { text });
                    notes.len() - 1
                })
            });
            let expected = table
                .expect
                .iter()
                .find(|e| e.metric == metric.name && e.coords.iter().all(|c| coords.contains(c)));
            let expected = expected
                .zip(found.cell.filter(|c| c.bound == Bound::Exact))
                .map(|(e, cell)| (e.value, (cell.mean - e.value).abs() <= e.tolerance + 1e-12));
            let digits = digits_of(table, metric);
            line.push(FilledCell {
                cell: found.cell,
                note,
                digits,
                best: false,
                second: false,
                steps: measurements.steps(query.experiment, points, metric),
                gap: None,
                expected,
                p: None,
            });
            line_places.push((coords, metric));
        }
        cells.push(line);
        places.push(line_places);
    }
    if table.highlight || table.gaps {
        compare(table, experiment, &places, &mut cells);
    }
    if let Some(test) = &table.test {
        significance(table, test, measurements, &places, &at, &shown, &mut cells);
    }
    let name_of = |d: &Dimension| match d {
        Dimension::Axis(axis) => experiment.axes[*axis].name.clone(),
        Dimension::Metrics(_) => "metric".to_owned(),
    };
    let shown: Vec<Point> = measurements.points(query.experiment).iter().copied().filter(holds).collect();
    Filled {
        name: table.name.clone(),
        caption: table.caption.clone(),
        row_names: table.rows.iter().map(name_of).collect(),
        signs: rows
            .iter()
            .chain(&columns)
            .filter_map(|p| p.metric)
            .filter_map(|m| m.optimum.as_ref().map(|o| (m.name.clone(), o.sign())))
            .collect(),
        rows: rows.into_iter().map(|p| p.labels).collect(),
        columns: columns.into_iter().map(|p| p.labels).collect(),
        cells,
        notes,
        missing,
        tuned: tuned(experiment, measurements.points(query.experiment)),
        warnings: measurements.warnings(query.experiment, &shown),
        judged: measurements.remarks(query.experiment, &shown),
        limits: experiment.limits.iter().map(|l| l.text.clone()).collect(),
        test: table.test.as_ref().map(|t| {
            let by = match t.by {
                PairedTest::T => "paired t-test",
                PairedTest::Wilcoxon => "Wilcoxon's signed-rank test",
            };
            format!("differs from {} (p < {SIGNIFICANT}, {by}, Holm's correction)", t.against)
        }),
        bounds: inexact.words(),
        left_out: left_out.words(),
    }
}

/// The metrics some of whose values stopped at a limit.
#[derive(Default)]
struct Inexact {
    metrics: Vec<String>,
    values: usize,
}

impl Inexact {
    fn see(&mut self, metric: &Metric, found: &Aggregate) {
        self.values += found.inexact;
        if found.inexact > 0 && !self.metrics.contains(&metric.name) {
            self.metrics.push(metric.name.clone());
        }
    }

    fn words(self) -> Option<String> {
        let Self { metrics, values } = self;
        (values > 0).then(|| {
            format!(
                "≥, ≤, ~: {values} values behind {} stopped at a limit; such a cell bounds the true one and has no ±",
                metrics.join(", ")
            )
        })
    }
}

/// Where held-out samples of forgotten classes are left out.
#[derive(Default)]
struct LeftOut {
    metrics: Vec<String>,
    /// Positions of the axes of forget sets where they are, and all positions.
    some: Vec<String>,
    all: Vec<String>,
}

impl LeftOut {
    fn see(&mut self, experiment: &Experiment, metric: &Metric, coords: &[Coord], found: &Aggregate) {
        let forget = |c: &&Coord| experiment.axes[c.axis].name.split('.').next() == Some("forget");
        let labels: Vec<&str> = coords.iter().filter(forget).map(|c| experiment.label(*c)).collect();
        let place = labels.join(" · ");
        let add = |to: &mut Vec<String>, text: &str| {
            if !to.iter().any(|t| t == text) {
                to.push(text.to_owned());
            }
        };
        if found.cell.is_some() {
            add(&mut self.all, &place);
        }
        if found.left_out {
            add(&mut self.metrics, &metric.name);
            add(&mut self.some, &place);
        }
    }

    fn words(self) -> Option<String> {
        let whole = self.some.len() == self.all.len();
        let place = if whole { String::new() } else { format!(" where forget is {}", self.some.join(", ")) };
        let metrics = self.metrics.join(", ");
        (!self.metrics.is_empty())
            .then(|| format!("{metrics}: test metrics leave out the forgotten classes{place}"))
    }
}

/// `unlearn.lr: ft 0.01, rl 0.001`: which candidate stands for each method.
fn tuned(experiment: &Experiment, points: &[Point]) -> Vec<String> {
    let methods = experiment.axis("unlearn");
    let of_axis = |axis: usize| {
        let mut chosen: Vec<String> = Vec::new();
        for p in points {
            let label = |axis: usize| {
                experiment.position(*p, axis).map(|at| experiment.label(Coord { axis, at }).to_owned())
            };
            let Some(value) = label(axis) else { continue };
            let words = match methods.filter(|m| *m != axis).and_then(label) {
                Some(method) => format!("{method} {value}"),
                None => value,
            };
            if !chosen.contains(&words) {
                chosen.push(words);
            }
        }
        (!chosen.is_empty()).then(|| format!("{}: {}", experiment.axes[axis].name, chosen.join(", ")))
    };
    experiment.tunes.iter().filter_map(|t| of_axis(t.axis)).collect()
}

/// Tests each cell against the cell of another method, pair by pair of what cells aggregate.
fn significance(
    table: &Table,
    test: &Paired,
    m: &Measurements<'_>,
    places: &[Vec<(Vec<Coord>, &Metric)>],
    at: &HashMap<Vec<Option<usize>>, Vec<Point>>,
    shown: &[usize],
    cells: &mut [Vec<FilledCell>],
) {
    let query = &table.query;
    let experiment = m.experiment(query.experiment);
    let (mut found, mut p) = (Vec::new(), Vec::new());
    for (r, line) in places.iter().enumerate() {
        for (c, (coords, metric)) in line.iter().enumerate() {
            // A metric of means has no value at each point to test.
            if metric.formula.takes_means() {
                continue;
            }
            let place: Vec<Option<usize>> =
                shown.iter().map(|a| coords.iter().find(|c| c.axis == *a).map(|c| c.at)).collect();
            let mut differences = Vec::new();
            for point in at.get(&place).map_or(&[][..], |p| p) {
                let Some(other) =
                    experiment.sibling(*point, &test.against).filter(|o| o.unlearn != point.unlearn)
                else {
                    continue;
                };
                let value = |p| match m.outcome(query.experiment, p, metric) {
                    Outcome::Value(v) if m.bound(query.experiment, p, metric) == Bound::Exact => Some(v),
                    _ => None,
                };
                if let (Some(a), Some(b)) = (value(*point), value(other)) {
                    differences.push(a - b);
                }
            }
            if differences.len() > 1 {
                found.push((r, c));
                p.push(inference::p_value(test.by, &differences));
            }
        }
    }
    for ((r, c), p) in found.into_iter().zip(inference::holm(&p)) {
        cells[r][c].p = Some(p);
    }
}

/// Two decimals for percentages, four otherwise, unless the table says so.
fn digits_of(table: &Table, metric: &Metric) -> usize {
    let said = |name: &str| table.digits.iter().find(|(n, _)| n == name).map(|(_, d)| *d);
    said(&metric.name).or_else(|| said("")).unwrap_or(if metric.unit == Unit::Percent { 2 } else { 4 })
}

/// Sets gaps and the best of each group: cells of one metric that differ in the method only, or, where the
/// table does not show methods, in their row only.
fn compare(
    table: &Table,
    experiment: &Experiment,
    places: &[Vec<(Vec<Coord>, &Metric)>],
    cells: &mut [Vec<FilledCell>],
) {
    let methods = experiment.axis("unlearn").filter(|a| {
        table.rows.iter().chain(&table.columns).any(|d| matches!(d, Dimension::Axis(axis) if axis == a))
    });
    let in_rows = |c: &Coord| table.rows.iter().any(|d| matches!(d, Dimension::Axis(a) if *a == c.axis));
    let group = |coords: &[Coord], metric: &Metric| {
        let of_method = |c: &Coord| {
            let name = &experiment.axes[c.axis].name;
            name == "unlearn" || name.starts_with("unlearn.")
        };
        let rest = coords.iter().filter(|c| if methods.is_some() { !of_method(c) } else { !in_rows(c) });
        (metric.name.clone(), rest.copied().collect::<Vec<_>>())
    };
    let method_of =
        |coords: &[Coord]| coords.iter().find(|c| Some(c.axis) == methods).map(|c| experiment.label(*c));
    let mut at_method = HashMap::new();
    for (line, row) in places.iter().zip(cells.iter()) {
        for ((coords, metric), cell) in line.iter().zip(row) {
            let exact = cell.cell.filter(|v| v.bound == Bound::Exact);
            if let (Some(method), Some(value)) = (method_of(coords), exact) {
                at_method.insert((group(coords, metric), method), value.mean);
            }
        }
    }
    let mut least: HashMap<_, Vec<f64>> = HashMap::new();
    let mut scores = Vec::new();
    for (r, (line, row)) in places.iter().zip(cells.iter_mut()).enumerate() {
        for (c, ((coords, metric), cell)) in line.iter().zip(row).enumerate() {
            // Of what only bounds the true value, nobody knows whether it is best.
            let Some(value) = cell.cell.filter(|v| v.bound == Bound::Exact).map(|v| v.mean) else { continue };
            let key = group(coords, metric);
            // What a metric compares with is no contender.
            let mut itself = false;
            metric.formula.leaves(&mut |_, other| itself |= other.is_some() && other == method_of(coords));
            if itself {
                continue;
            }
            let (score, gap) = match &metric.optimum {
                None => continue,
                Some(Optimum::Higher) => (-value, None),
                Some(Optimum::Lower) => (value, None),
                Some(Optimum::Value(best)) => ((value - best).abs(), Some((value - best).abs())),
                Some(Optimum::Method(method)) => {
                    let Some(best) = at_method.get(&(key.clone(), method.as_str())) else { continue };
                    if method_of(coords) == Some(method.as_str()) {
                        continue;
                    }
                    ((value - best).abs(), Some((value - best).abs()))
                }
            };
            cell.gap = gap.filter(|_| table.gaps);
            least.entry(key.clone()).or_default().push(score);
            scores.push((r, c, key, score));
        }
    }
    if table.highlight {
        for (r, c, key, score) in scores {
            // Of few methods the second best is nearly all of the rest.
            let Some(all) = least.get_mut(&key) else { continue };
            all.sort_by(f64::total_cmp);
            let better = all.iter().filter(|other| **other < score).count();
            let bests = all.iter().filter(|other| **other <= all[0]).count();
            cells[r][c].best = better == 0;
            cells[r][c].second = all.len() > 3 && bests == 1 && better == 1;
        }
    }
}

/// The product of some dimensions, the last running fastest.
fn positions<'t>(dimensions: &'t [Dimension], experiment: &Experiment) -> Vec<Position<'t>> {
    let mut all = vec![Position::default()];
    for dimension in dimensions {
        let mut next = Vec::new();
        for before in &all {
            match dimension {
                Dimension::Axis(axis) => {
                    let labels = &experiment.axes[*axis].labels;
                    for at in std::iter::once(None).chain((0..labels.len()).map(Some)) {
                        let mut position = before.clone();
                        // A label for each level, so that headers line up: an empty one where a point is not on the axis.
                        position.labels.push(at.map(|at| labels[at].clone()).unwrap_or_default());
                        position.coords.extend(at.map(|at| Coord { axis: *axis, at }));
                        position.place.push(at);
                        next.push(position);
                    }
                }
                Dimension::Metrics(metrics) => {
                    for metric in metrics {
                        let mut position = before.clone();
                        position.labels.push(metric.name.clone());
                        position.metric = Some(metric);
                        next.push(position);
                    }
                }
            }
        }
        all = next;
    }
    all
}
