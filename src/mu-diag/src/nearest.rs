//! The word that was meant by a misspelt one.

/// The candidates that are nearest to a word.
pub(crate) struct Nearest<'a> {
    /// Those that are equally near, at most three; none where nothing is near.
    pub(crate) words: Vec<&'a str>,
    /// Whether the first is the only one that the word can be a slip of.
    pub(crate) certain: bool,
}

/// So many words are shown where several are equally near.
const SHOWN: usize = 3;
/// Shorter words are a letter away from too many others.
const TELLING: usize = 4;

impl<'a> Nearest<'a> {
    pub(crate) fn of(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Self {
        let letters = word.chars().count();
        let limit = if letters < TELLING - 1 { 0 } else { (letters / 3).max(1) };
        let wanted = plain(word);
        let mut found: Vec<(usize, &str)> = Vec::new();
        let mut close = 0;
        for candidate in candidates {
            if found.iter().any(|(_, c)| *c == candidate) {
                continue;
            }
            let same = !wanted.is_empty() && plain(candidate) == wanted;
            let distance = strsim::damerau_levenshtein(&lower(word), &lower(candidate));
            let begins = letters >= TELLING && candidate.starts_with(word)
                || candidate.len() >= TELLING && word.starts_with(candidate);
            // A number in a name is no slip of another number.
            let numbered = digits(word) != digits(candidate);
            close += usize::from(distance <= 2);
            if same {
                found.push((0, candidate));
            } else if letters > 0
                && (distance <= limit || begins)
                && (begins || !numbered || letters >= 2 * TELLING)
            {
                found.push((distance, candidate));
            }
        }
        let Some(least) = found.iter().map(|(d, _)| *d).min() else {
            return Self { words: Vec::new(), certain: false };
        };
        let mut words: Vec<&str> = found.iter().filter(|(d, _)| *d == least).map(|(_, c)| *c).collect();
        words.sort_unstable();
        let only = words.len() == 1;
        let slip = least == 1 && letters >= TELLING && close == 1 && digits(word) == digits(words[0]);
        words.truncate(SHOWN);
        Self { words, certain: only && (least == 0 || slip) }
    }

    /// "did you mean `a` or `b`?"
    pub(crate) fn question(&self) -> String {
        let [most @ .., last] = self.words.as_slice() else { return String::new() };
        if most.is_empty() {
            return format!("did you mean `{last}`?");
        }
        format!("did you mean `{}` or `{last}`?", most.join("`, `"))
    }
}

fn lower(word: &str) -> String {
    word.to_lowercase()
}

/// A word without what habits differ in: case, `_` and `-`.
fn plain(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn digits(word: &str) -> String {
    word.chars().filter(char::is_ascii_digit).collect()
}

/// The candidate nearest to a misspelt word, when one is near enough.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    Nearest::of(word, candidates).words.first().copied()
}

/// "did you mean `x`?", when something is near enough.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let found = Nearest::of(word, candidates);
    (!found.words.is_empty()).then(|| found.question())
}

#[cfg(test)]
mod tests {
    use super::Nearest;

    fn of<'a>(word: &str, candidates: &[&'a str]) -> (Vec<&'a str>, bool) {
        let found = Nearest::of(word, candidates.iter().copied());
        (found.words, found.certain)
    }

    #[test]
    fn a_slip_has_one_word_that_was_meant() {
        assert_eq!(of("retrian", &["retrain", "ft"]), (vec!["retrain"], true));
        assert_eq!(of("CIFAR10", &["cifar10", "cifar100"]), (vec!["cifar10"], true));
        assert_eq!(of("UA", &["ua", "ra"]), (vec!["ua"], true));
        assert_eq!(of("batchNorm", &["batch_norm"]), (vec!["batch_norm"], true));
    }

    #[test]
    fn what_may_mean_several_things_is_asked() {
        assert_eq!(of("rand_b", &["rand_a", "rand_c"]), (vec!["rand_a", "rand_c"], false));
        assert_eq!(of("batch_size", &["batch", "epochs"]), (vec!["batch"], false));
        // Another word stands as near as two letters away.
        assert_eq!(of("lines", &["line", "lone"]), (vec!["line"], false));
    }

    #[test]
    fn short_words_and_numbers_are_no_slips() {
        for (word, candidates) in
            [("lr", &["l1", "l2"][..]), ("fa", &["ft", "ua"]), ("", &["best"]), ("sam", &["sam_ft"])]
        {
            assert_eq!(of(word, candidates), (Vec::new(), false), "{word}");
        }
        assert_eq!(of("net2", &["net1", "net3"]).0, Vec::<&str>::new());
        assert!(!of("resnet19", &["resnet18"]).1);
    }
}
