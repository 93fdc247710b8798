//! What the rounds of a worst-case selection mean, in words.

use mu_step::artefact::Round;

/// Sets that share less than this with the round before are not settled.
const SETTLED: f64 = 0.5;

/// What a log says, in words. The start is random where `drawn`; `share` is the budget as a share of all units.
pub(super) fn verdicts(rounds: &[Round], drawn: bool, share: f64) -> Vec<String> {
    let Some(last) = rounds.last() else { return Vec::new() };
    let mut found = Vec::new();
    // Two independent sets of a share p have p² in common and 2p − p² in all.
    let chance = share / (2.0 - share);
    if drawn && rounds.len() > 1 && last.overlap_start > 2.0 * chance && last.overlap_start > chance + 0.1 {
        found.push(format!(
            "the set is bound to its random start: their overlap is {:.2}, that of unrelated sets is {chance:.2}; the step is too \
             small, or gamma too large, for the losses of this model",
            last.overlap_start
        ));
    }
    if rounds.len() > 3 && last.overlap_before > last.overlap + 0.2 {
        found.push(format!(
            "the sets alternate: the last one has an overlap of {:.2} with the one before it, of {:.2} with that of two rounds \
             before; another number of rounds gives another set",
            last.overlap, last.overlap_before
        ));
    } else if rounds.len() > 1 && last.overlap < SETTLED {
        found.push(format!(
            "the set has not settled: the last two rounds chose sets with an overlap of {:.2}; more rounds may find a harder set",
            last.overlap
        ));
    }
    found
}

/// Of a set of classes or groups that was found in one of these rounds, in words: that not all were tried, or that it came late.
pub(super) fn found_late(sets: &[Vec<usize>], chosen: &[usize], count: usize) -> Option<String> {
    let tried = (0..count).filter(|unit| sets.iter().any(|set| set.binary_search(unit).is_ok())).count();
    if tried < count {
        return Some(format!(
            "{} of {count} classes or groups were never left out; more rounds may find a harder set",
            count - tried
        ));
    }
    let round = sets.iter().position(|set| set == chosen)? + 1;
    (4 * round > 3 * sets.len() && chosen.len() > 1).then(|| {
        format!("the hardest set came in round {round} of {}; more rounds may find a harder one", sets.len())
    })
}

/// |a ∩ b| / |a ∪ b| of two ascending sets.
pub(super) fn jaccard(a: &[usize], b: &[usize]) -> f64 {
    let both = a.iter().filter(|x| b.binary_search(x).is_ok()).count();
    both as f64 / (a.len() + b.len() - both).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(overlaps: [f64; 3], rounds: usize) -> Vec<Round> {
        let [overlap_start, overlap, overlap_before] = overlaps;
        let round =
            |round| Round { round, objective: 1.0, overlap_start, overlap, overlap_before, seconds: 0.0 };
        (0..rounds).map(round).collect()
    }

    fn says(rounds: &[Round], word: &str) -> bool {
        let found = verdicts(rounds, true, 0.1);
        found.len() == 1 && found[0].contains(word)
    }

    #[test]
    fn a_search_of_groups_says_what_was_not_tried_and_what_came_late() {
        let sets = [vec![0, 1], vec![2, 3], vec![0, 2], vec![1, 3]];
        let said = |chosen: &[usize], count| found_late(&sets, chosen, count).unwrap_or_default();
        assert!(said(&[0, 1], 6).starts_with("2 of 6 classes or groups were never left out"));
        assert!(said(&[1, 3], 4).starts_with("the hardest set came in round 4 of 4"));
        assert_eq!(said(&[0, 2], 4), "");
    }

    #[test]
    fn a_log_says_what_is_wrong_with_its_set() {
        assert!(says(&log([0.43, 0.9, 0.9], 10), "bound to its random start"));
        assert!(says(&log([0.05, 0.1, 0.9], 10), "alternate"));
        assert!(says(&log([0.05, 0.3, 0.2], 10), "has not settled"));
        assert_eq!(verdicts(&log([0.06, 0.9, 0.8], 10), true, 0.1), Vec::<String>::new());
        // A start that was not drawn may well be kept.
        assert_eq!(verdicts(&log([0.43, 0.9, 0.9], 10), false, 0.1), Vec::<String>::new());
        // Half of all samples share a third by chance.
        assert_eq!(verdicts(&log([0.40, 0.9, 0.8], 10), true, 0.5), Vec::<String>::new());
    }
}
