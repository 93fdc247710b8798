//! Figures: lines with error bars, as SVG or as the numbers behind them.

use std::collections::BTreeMap;

use mu_check::{Figure, Point};
use plotters::prelude::*;

use crate::{Cell, Measurements};

/// A figure's numbers.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// Its name.
    pub name: String,
    /// Its caption.
    pub caption: Option<String>,
    /// The horizontal axis and its labels.
    pub x: (String, Vec<String>),
    /// The vertical axis.
    pub y: String,
    /// Its lines.
    pub lines: Vec<Curve>,
}

/// A line of a figure.
#[derive(Clone, Debug)]
pub struct Curve {
    /// The positions that it stands for.
    pub label: String,
    /// For each position of the horizontal axis.
    pub cells: Vec<Option<Cell>>,
}

/// Computes a figure's numbers.
#[must_use]
pub fn draw(figure: &Figure, measurements: &Measurements<'_>) -> Drawn {
    let query = &figure.query;
    let experiment = measurements.experiment(query.experiment);
    let mut at: BTreeMap<(Vec<usize>, usize), Vec<Point>> = BTreeMap::new();
    for p in measurements.points(query.experiment) {
        let line: Option<Vec<usize>> = figure.lines.iter().map(|a| experiment.position(*p, *a)).collect();
        if let (Some(line), Some(x)) = (line, experiment.position(*p, figure.x))
            && query.filter.as_ref().is_none_or(|f| f.holds(experiment, *p))
        {
            at.entry((line, x)).or_default().push(*p);
        }
    }
    let mut lines: Vec<Vec<usize>> = at.keys().map(|(line, _)| line.clone()).collect();
    lines.dedup();
    let xs = experiment.axes[figure.x].labels.clone();
    let curve = |line: &Vec<usize>| {
        let labels =
            figure.lines.iter().zip(line).map(|(axis, at)| experiment.axes[*axis].labels[*at].as_str());
        let cell = |x: usize| {
            let points = at.get(&(line.clone(), x))?;
            measurements.aggregate(query, &figure.y, points).cell
        };
        Curve { label: labels.collect::<Vec<_>>().join(" · "), cells: (0..xs.len()).map(cell).collect() }
    };
    Drawn {
        name: figure.name.clone(),
        caption: figure.caption.clone(),
        x: (experiment.axes[figure.x].name.clone(), xs.clone()),
        y: figure.y.name.clone(),
        lines: lines.iter().map(curve).collect(),
    }
}

impl Drawn {
    /// The numbers, a row per point of a line.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        // Writing into memory cannot fail.
        let _ = writer.write_record(["line", &self.x.0, &self.y, "spread", "n"]);
        for line in &self.lines {
            for (x, cell) in self.x.1.iter().zip(&line.cells) {
                let number = |v: Option<f64>| v.map_or_else(String::new, |v| v.to_string());
                let _ = writer.write_record([
                    line.label.clone(),
                    x.clone(),
                    number(cell.map(|c| c.mean)),
                    number(cell.and_then(|c| c.std)),
                    cell.map_or(0, |c| c.n).to_string(),
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
        let low = cells().map(|c| c.mean - c.std.unwrap_or(0.0)).fold(f64::INFINITY, f64::min);
        let high = cells().map(|c| c.mean + c.std.unwrap_or(0.0)).fold(f64::NEG_INFINITY, f64::max);
        let (low, high) = if low.is_finite() { (low, high) } else { (0.0, 1.0) };
        let room = ((high - low) * 0.08).max(1e-9_f64.max(high.abs() * 1e-3));
        let root = SVGBackend::with_string(out, (640, 400)).into_drawing_area();
        root.fill(&WHITE)?;
        let last = self.x.1.len().saturating_sub(1) as f64;
        let mut chart = ChartBuilder::on(&root)
            .margin(12)
            .caption(self.caption.as_deref().unwrap_or(&self.name), ("sans-serif", 15))
            .x_label_area_size(40)
            .y_label_area_size(56)
            .build_cartesian_2d(-0.2..last + 0.2, (low - room)..(high + room))?;
        let label = |x: &f64| {
            let at = x.round();
            let near = (x - at).abs() < 1e-6 && at >= 0.0;
            if near { self.x.1.get(at as usize).cloned().unwrap_or_default() } else { String::new() }
        };
        chart
            .configure_mesh()
            .x_labels(self.x.1.len().clamp(2, 20))
            .x_label_formatter(&label)
            .x_desc(self.x.0.clone())
            .y_desc(self.y.clone())
            .light_line_style(WHITE)
            .draw()?;
        for (at, line) in self.lines.iter().enumerate() {
            let color = Palette99::pick(at).to_rgba();
            let points = || line.cells.iter().enumerate().filter_map(|(x, c)| c.map(|c| (x as f64, c)));
            chart
                .draw_series(LineSeries::new(points().map(|(x, c)| (x, c.mean)), color.stroke_width(2)))?
                .label(line.label.clone())
                .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 18, y)], color.stroke_width(2)));
            // The spread as a band; where there are gaps in the line, as bars alone.
            let spread = || points().filter_map(|(x, c)| c.std.map(|s| (x, c.mean, s)));
            if spread().count() == points().count() && spread().count() > 1 {
                let above = spread().map(|(x, y, s)| (x, y + s));
                let below: Vec<(f64, f64)> = spread().map(|(x, y, s)| (x, y - s)).collect();
                let band: Vec<(f64, f64)> = above.chain(below.into_iter().rev()).collect();
                chart.draw_series([Polygon::new(band, color.mix(0.15))])?;
            }
            chart.draw_series(points().map(|(x, c)| Circle::new((x, c.mean), 3, color.filled())))?;
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
