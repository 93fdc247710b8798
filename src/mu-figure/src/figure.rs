//! Figures: lines with the spread as a band, bars, scatter plots; as SVG, PNG, or the numbers behind them.

use std::collections::BTreeMap;

use mu_check::{Across, Bound, Draw, Figure, Numbers, Point};
use mu_numbers::{Cell, Measurements, Outcome};
use plotters::prelude::*;

/// A figure's numbers.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// Its name.
    pub name: String,
    /// Its caption.
    pub caption: Option<String>,
    /// How it is drawn.
    pub draw: Draw,
    /// The horizontal axis and its labels; none of a scatter plot.
    pub x: (String, Vec<String>),
    /// The vertical axis.
    pub y: String,
    /// Its lines.
    pub lines: Vec<Curve>,
}

/// A line of a figure, or what has one colour in it.
#[derive(Clone, Debug, Default)]
pub struct Curve {
    /// The positions that it stands for.
    pub label: String,
    /// For each position of the horizontal axis.
    pub cells: Vec<Option<Cell>>,
    /// The dots of a scatter plot.
    pub dots: Vec<Dot>,
}

/// A dot of a scatter plot.
#[derive(Clone, Copy, Debug)]
pub struct Dot {
    /// Where it is.
    pub at: (f64, f64),
    /// How the true vertical value stands to the one that is drawn.
    pub bound: Bound,
    /// Whether both are the true ones.
    pub exact: bool,
}

/// Computes a figure's numbers.
pub(crate) fn draw(figure: &Figure, numbers: &Numbers, measurements: &Measurements<'_>) -> Drawn {
    let query = &figure.query;
    let experiment = measurements.experiment(query.experiment);
    // Points by line, and by position of the horizontal axis where there is one.
    let mut at: BTreeMap<(Vec<Option<usize>>, usize), Vec<Point>> = BTreeMap::new();
    for p in measurements.points(query.experiment) {
        // A point that is not on one of the lines' axes is on a line without a label for it.
        let line: Vec<Option<usize>> = numbers.lines.iter().map(|a| experiment.position(*p, *a)).collect();
        let x = match numbers.x {
            Across::Axis(axis) => experiment.position(*p, axis),
            Across::Metric(_) => Some(0),
        };
        if let Some(x) = x
            && query.filter.as_ref().is_none_or(|f| experiment.keeps(f, *p))
        {
            at.entry((line, x)).or_default().push(*p);
        }
    }
    let mut lines: Vec<Vec<Option<usize>>> = at.keys().map(|(line, _)| line.clone()).collect();
    lines.dedup();
    let value = |point: Point, metric| match measurements.outcome(query.experiment, point, metric) {
        Outcome::Value(v) => Some(v),
        _ => None,
    };
    let xs = match numbers.x {
        Across::Axis(axis) => experiment.axes[axis].labels.clone(),
        Across::Metric(_) => Vec::new(),
    };
    let curve = |line: &Vec<Option<usize>>| {
        let label =
            |(axis, at): (&usize, &Option<usize>)| at.map(|at| experiment.axes[*axis].labels[at].as_str());
        let labels = numbers.lines.iter().zip(line).filter_map(label);
        let label = labels.collect::<Vec<_>>().join(" · ");
        let points = |x: usize| at.get(&(line.clone(), x)).map_or(&[][..], |p| p);
        match &numbers.x {
            Across::Metric(x) => {
                let bound = |p: Point, metric| measurements.bound(query.experiment, p, metric);
                let dots = points(0).iter().filter_map(|p| {
                    let bounds = [bound(*p, x), bound(*p, &numbers.y)];
                    let exact = bounds == [Bound::Exact; 2];
                    Some(Dot { at: (value(*p, x)?, value(*p, &numbers.y)?), bound: bounds[1], exact })
                });
                Curve { label, dots: dots.collect(), cells: Vec::new() }
            }
            Across::Axis(_) => {
                let cell = |x: usize| measurements.aggregate(query, &numbers.y, points(x)).cell;
                Curve { label, cells: (0..xs.len()).map(cell).collect(), dots: Vec::new() }
            }
        }
    };
    let x = match &numbers.x {
        Across::Axis(axis) => experiment.axes[*axis].name.clone(),
        Across::Metric(metric) => metric.name.clone(),
    };
    Drawn {
        name: figure.name.clone(),
        caption: figure.caption.clone(),
        draw: numbers.draw,
        lines: lines.iter().map(curve).collect(),
        x: (x, xs),
        y: numbers.y.name.clone(),
    }
}

impl Drawn {
    /// The numbers, a row per point of a line.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        // Writing into memory cannot fail.
        let _ = writer.write_record(["line", &self.x.0, &self.y, "spread", "n", "bound"]);
        for line in &self.lines {
            for Dot { at: (x, y), bound, .. } in &line.dots {
                let bound = bound.word().unwrap_or_default();
                let _ = writer.write_record([&line.label, &x.to_string(), &y.to_string(), "", "1", bound]);
            }
            for (x, cell) in self.x.1.iter().zip(&line.cells) {
                let number = |v: Option<f64>| v.map_or_else(String::new, |v| v.to_string());
                let _ = writer.write_record([
                    line.label.clone(),
                    x.clone(),
                    number(cell.map(|c| c.mean)),
                    number(cell.and_then(|c| c.std)),
                    cell.map_or(0, |c| c.n).to_string(),
                    cell.and_then(|c| c.bound.word()).unwrap_or_default().to_owned(),
                ]);
            }
        }
        String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
    }

    /// As SVG, 640 × 400.
    ///
    /// # Errors
    /// In words, where the drawing library refuses.
    pub fn svg(&self) -> Result<String, String> {
        let mut out = String::new();
        self.paint(&mut out).map_err(|e| e.to_string())?;
        Ok(out)
    }

    fn paint(&self, out: &mut String) -> Result<(), Box<dyn std::error::Error>> {
        let cells = || self.lines.iter().flat_map(|l| l.cells.iter().flatten());
        let dots = || self.lines.iter().flat_map(|l| &l.dots);
        let span = |values: &mut dyn Iterator<Item = f64>| {
            let (low, high) =
                values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
            if low.is_finite() { (low, high) } else { (0.0, 1.0) }
        };
        let spread = |c: &Cell| [c.mean - c.std.unwrap_or(0.0), c.mean + c.std.unwrap_or(0.0)];
        let (low, high) = span(&mut cells().flat_map(spread).chain(dots().map(|d| d.at.1)));
        // Bars stand on zero.
        let (low, high) = if self.draw == Draw::Bars { (low.min(0.0), high.max(0.0)) } else { (low, high) };
        let room = ((high - low) * 0.08).max(1e-9_f64.max(high.abs() * 1e-3));
        let root = SVGBackend::with_string(out, (640, 400)).into_drawing_area();
        root.fill(&WHITE)?;
        let last = self.x.1.len().saturating_sub(1) as f64;
        let (left, right) = match self.draw {
            Draw::Lines => (-0.2, last + 0.2),
            Draw::Bars => (-0.6, last + 0.6),
            Draw::Scatter => {
                let (left, right) = span(&mut dots().map(|d| d.at.0));
                let room = ((right - left) * 0.05).max(1e-9_f64.max(right.abs() * 1e-3));
                (left - room, right + room)
            }
        };
        let inexact = cells().any(|c| c.bound != Bound::Exact) || dots().any(|d| !d.exact);
        let mut caption = self.caption.clone().unwrap_or_else(|| self.name.clone());
        if inexact {
            caption.push_str(" (hollow: stopped at a limit)");
        }
        let mut chart = ChartBuilder::on(&root)
            .margin(12)
            .caption(caption, ("sans-serif", 15))
            .x_label_area_size(40)
            .y_label_area_size(56)
            .build_cartesian_2d(left..right, (low - room)..(high + room))?;
        let number = |x: &f64| format!("{x}");
        let label = |x: &f64| {
            let at = x.round();
            let near = (x - at).abs() < 1e-6 && at >= 0.0;
            if near { self.x.1.get(at as usize).cloned().unwrap_or_default() } else { String::new() }
        };
        chart
            .configure_mesh()
            .x_labels(if self.draw == Draw::Scatter { 8 } else { self.x.1.len().clamp(2, 20) })
            .x_label_formatter(if self.draw == Draw::Scatter { &number } else { &label })
            .x_desc(self.x.0.clone())
            .y_desc(self.y.clone())
            .light_line_style(WHITE)
            .draw()?;
        for (at, line) in self.lines.iter().enumerate() {
            let color = Palette99::pick(at).to_rgba();
            let legend = move |(x, y)| PathElement::new(vec![(x, y), (x + 18, y)], color.stroke_width(2));
            if self.draw == Draw::Scatter {
                let style = |exact| if exact { color.mix(0.7).filled() } else { color.stroke_width(1) };
                let dots = line.dots.iter().map(|d| Circle::new(d.at, 4, style(d.exact)));
                chart.draw_series(dots)?.label(line.label.clone()).legend(legend);
                continue;
            }
            let points = || line.cells.iter().enumerate().filter_map(|(x, c)| c.map(|c| (x as f64, c)));
            if self.draw == Draw::Bars {
                let width = 0.8 / self.lines.len().max(1) as f64;
                let left = -0.4 + at as f64 * width;
                let bar = |(x, c): (f64, Cell)| {
                    let style =
                        if c.bound == Bound::Exact { color.mix(0.8).filled() } else { color.stroke_width(1) };
                    Rectangle::new([(x + left, 0.0), (x + left + width, c.mean)], style)
                };
                chart.draw_series(points().map(bar))?.label(line.label.clone()).legend(legend);
                let middle = left + 0.5 * width;
                let spread =
                    points().filter_map(|(x, c)| c.std.map(|s| (x + middle, c.mean - s, c.mean + s)));
                chart.draw_series(spread.map(|(x, a, b)| PathElement::new(vec![(x, a), (x, b)], BLACK)))?;
                continue;
            }
            chart
                .draw_series(LineSeries::new(points().map(|(x, c)| (x, c.mean)), color.stroke_width(2)))?
                .label(line.label.clone())
                .legend(legend);
            // The spread as a band; where there are gaps in the line, as bars alone.
            let spread = || points().filter_map(|(x, c)| c.std.map(|s| (x, c.mean, s)));
            if spread().count() == points().count() && spread().count() > 1 {
                let above = spread().map(|(x, y, s)| (x, y + s));
                let below: Vec<(f64, f64)> = spread().map(|(x, y, s)| (x, y - s)).collect();
                let band: Vec<(f64, f64)> = above.chain(below.into_iter().rev()).collect();
                chart.draw_series([Polygon::new(band, color.mix(0.15))])?;
            }
            let style =
                |c: Cell| if c.bound == Bound::Exact { color.filled() } else { color.stroke_width(1) };
            chart.draw_series(points().map(|(x, c)| Circle::new((x, c.mean), 3, style(c))))?;
            let bars = points().filter_map(|(x, c)| c.std.map(|s| (x, c.mean - s, c.mean + s)));
            chart.draw_series(bars.map(|(x, a, b)| PathElement::new(vec![(x, a), (x, b)], color)))?;
        }
        if self.lines.len() > 1 {
            chart
                .configure_series_labels()
                .background_style(WHITE.mix(0.8))
                .border_style(BLACK.mix(0.3))
                .draw()?;
        }
        root.present()?;
        Ok(())
    }
}
