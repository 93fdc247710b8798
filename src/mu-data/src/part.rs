//! Data sets that were opened: labels, and where the images are.

use crate::Images;

/// A part of a data set: labels, and where the images are.
pub struct Part {
    /// One for each sample that was picked.
    pub labels: Vec<u32>,
    /// Numbers of each picked sample by name: attributes, an identity, a style.
    pub groups: Vec<(String, Vec<i64>)>,
    /// Every image that there is.
    pub images: std::sync::Arc<dyn Images>,
    /// Which of the images the samples are.
    pub picked: Vec<usize>,
}

impl Part {
    pub(crate) fn new(labels: Vec<u32>, images: impl Images + 'static) -> Self {
        let picked = (0..labels.len()).collect();
        Self { labels, groups: Vec::new(), images: std::sync::Arc::new(images), picked }
    }

    /// Number of samples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.picked.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.picked.is_empty()
    }

    /// Keeps the samples at these positions.
    pub fn pick(&mut self, positions: &[usize]) {
        self.picked = positions.iter().map(|p| self.picked[*p]).collect();
        self.labels = positions.iter().map(|p| self.labels[*p]).collect();
        for (_, numbers) in &mut self.groups {
            *numbers = positions.iter().map(|p| numbers[*p]).collect();
        }
    }
}

/// A data set that was opened; `test` is empty where the source has no test part.
pub struct Source {
    /// The training part.
    pub train: Part,
    /// The test part.
    pub test: Option<Part>,
}
