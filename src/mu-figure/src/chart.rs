//! Simple drawings of numbers: lines and bars, as SVG.

use mu_diag::one_line;
use plotters::prelude::*;

/// A line, or bars of one colour.
pub(crate) struct Series {
    pub(crate) label: String,
    pub(crate) points: Vec<(f64, f64)>,
}

/// A drawing of 560 × 320.
pub(crate) struct Chart<'c> {
    pub(crate) title: &'c str,
    pub(crate) x: &'c str,
    pub(crate) y: &'c str,
    pub(crate) series: &'c [Series],
}

impl Chart<'_> {
    /// As lines.
    pub(crate) fn lines(&self) -> Result<String, String> {
        self.draw(false).map_err(|e| e.to_string())
    }

    /// As bars beside each other, at whole numbers of the horizontal axis.
    pub(crate) fn bars(&self) -> Result<String, String> {
        self.draw(true).map_err(|e| e.to_string())
    }

    fn draw(&self, bars: bool) -> Result<String, Box<dyn std::error::Error>> {
        let points = || self.series.iter().flat_map(|s| &s.points).filter(|(_, y)| y.is_finite());
        let span = |of: &dyn Fn(&(f64, f64)) -> f64| {
            points().map(of).fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)))
        };
        let ((left, right), (low, high)) = (span(&|p| p.0), span(&|p| p.1));
        let (left, right) = if left.is_finite() { (left, right) } else { (0.0, 1.0) };
        let (low, high) = if low.is_finite() { (low, high) } else { (0.0, 1.0) };
        let low = if bars { 0.0 } else { low };
        let room = ((high - low) * 0.08).max(1e-9_f64.max(high.abs() * 1e-3));
        let aside = if bars { 0.6 } else { ((right - left) * 0.02).max(1e-9) };
        let mut out = String::new();
        {
            let root = SVGBackend::with_string(&mut out, (560, 320)).into_drawing_area();
            root.fill(&WHITE)?;
            let mut chart = ChartBuilder::on(&root)
                .margin(10)
                .caption(one_line(self.title), ("sans-serif", 14))
                .x_label_area_size(36)
                .y_label_area_size(52)
                .build_cartesian_2d(
                    (left - aside)..(right + aside),
                    (if bars { 0.0 } else { low - room })..(high + room),
                )?;
            let whole = |x: &f64| if x.fract() == 0.0 { format!("{x:.0}") } else { String::new() };
            let plain = |x: &f64| format!("{x}");
            let number: &dyn Fn(&f64) -> String = if right > 1.0 { &whole } else { &plain };
            chart
                .configure_mesh()
                .x_desc(self.x)
                .y_desc(self.y)
                .x_label_formatter(&number)
                .light_line_style(WHITE)
                .draw()?;
            let width = 0.8 / self.series.len().max(1) as f64;
            for (at, series) in self.series.iter().enumerate() {
                let color = Palette99::pick(at).to_rgba();
                let mark = move |(x, y)| PathElement::new(vec![(x, y), (x + 16, y)], color.stroke_width(3));
                let points = series.points.iter().copied().filter(|(_, y)| y.is_finite());
                if bars {
                    let left = -0.4 + at as f64 * width;
                    let bar = |(x, y): (f64, f64)| {
                        Rectangle::new([(x + left, 0.0), (x + left + width, y)], color.filled())
                    };
                    chart.draw_series(points.map(bar))?.label(series.label.clone()).legend(mark);
                } else {
                    let line = LineSeries::new(points, color.stroke_width(2));
                    chart.draw_series(line)?.label(series.label.clone()).legend(mark);
                }
            }
            if self.series.len() > 1 {
                let labels = &mut chart.configure_series_labels();
                labels.position(SeriesLabelPosition::UpperRight);
                labels.background_style(WHITE.mix(0.8)).border_style(BLACK.mix(0.3)).draw()?;
            }
            root.present()?;
        }
        Ok(out)
    }
}
