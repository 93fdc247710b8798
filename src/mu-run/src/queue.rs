//! Which step comes next: of those whose inputs are there, the one with the longest way to the end of the plan.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap, HashSet};

use mu_graph::Graph;
use mu_step::{Prefix, StepKey};

/// A step whose inputs are there.
#[derive(PartialEq)]
struct Ready {
    /// About how long it and the longest chain of steps that wait for it take.
    way: f64,
    /// In plan order; of equal ones the first comes first.
    place: usize,
    key: StepKey,
}

impl Eq for Ready {}

impl PartialOrd for Ready {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ready {
    fn cmp(&self, other: &Self) -> Ordering {
        self.way.total_cmp(&other.way).then(other.place.cmp(&self.place))
    }
}

/// The steps that are left, by what they wait for.
pub(crate) struct Queue {
    ready: BinaryHeap<Ready>,
    /// For each step: its place, its way, and how many of its inputs are missing.
    waiting: HashMap<StepKey, (usize, f64, usize)>,
    /// Who waits for a step.
    dependants: HashMap<StepKey, Vec<StepKey>>,
    /// The step on whose way another one lies: it is waited for, but not needed.
    on_the_way: HashMap<StepKey, StepKey>,
}

impl Queue {
    /// The steps to run, of which `has` says whether they are in the store; `cost` is about how long each takes.
    pub(crate) fn new(
        graph: &Graph,
        wanted: &[StepKey],
        has: &HashSet<StepKey>,
        prefixes: &HashMap<StepKey, Vec<Prefix>>,
        cost: &dyn Fn(StepKey) -> f64,
    ) -> Self {
        let all: HashSet<StepKey> = wanted.iter().copied().collect();
        let mut dependants: HashMap<StepKey, Vec<StepKey>> = HashMap::new();
        let mut missing: HashMap<StepKey, usize> = HashMap::new();
        for key in wanted {
            let mut inputs = graph[*key].spec.inputs();
            inputs.sort_unstable();
            inputs.dedup();
            let open = inputs.iter().filter(|i| all.contains(i) || !has.contains(i));
            let open: Vec<StepKey> = open.copied().collect();
            missing.insert(*key, open.len());
            for input in open {
                dependants.entry(input).or_default().push(*key);
            }
        }
        let mut on_the_way = HashMap::new();
        for (long, short) in prefixes.iter().flat_map(|(long, all)| all.iter().map(|p| (*long, p.key))) {
            on_the_way.insert(short, long);
            *missing.entry(short).or_default() += 1;
            dependants.entry(long).or_default().push(short);
        }
        // Inputs stand before what needs them: one pass backwards knows every way to the end.
        let mut ways: HashMap<StepKey, f64> = HashMap::new();
        for key in wanted.iter().rev() {
            let after = dependants.get(key).into_iter().flatten().filter_map(|d| ways.get(d));
            let longest = after.copied().fold(0.0, f64::max);
            ways.insert(*key, cost(*key) + longest);
        }
        let mut queue = Self { ready: BinaryHeap::new(), waiting: HashMap::new(), dependants, on_the_way };
        for (place, key) in wanted.iter().enumerate() {
            queue.waiting.insert(*key, (place, ways[key], missing[key]));
        }
        for key in wanted {
            queue.offer(*key);
        }
        queue
    }

    /// Steps that were neither handed out nor given up.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether there is a step whose inputs are there.
    pub(crate) fn is_ready(&self) -> bool {
        self.ready.iter().any(|ready| self.waiting.contains_key(&ready.key))
    }

    /// Puts a step among the ready ones, where it waits for nothing.
    fn offer(&mut self, key: StepKey) {
        if let Some((place, way, 0)) = self.waiting.get(&key) {
            self.ready.push(Ready { way: *way, place: *place, key });
        }
    }

    /// The next step that `fits`.
    pub(crate) fn next(&mut self, fits: &dyn Fn(StepKey) -> bool) -> Option<StepKey> {
        let mut passed = Vec::new();
        let mut found = None;
        while let Some(ready) = self.ready.pop() {
            // Given up meanwhile.
            if !self.waiting.contains_key(&ready.key) {
                continue;
            }
            if fits(ready.key) {
                found = Some(ready.key);
                break;
            }
            passed.push(ready);
        }
        self.ready.extend(passed);
        if let Some(key) = found {
            self.waiting.remove(&key);
        }
        found
    }

    /// Takes back a step that was handed out.
    pub(crate) fn again(&mut self, key: StepKey, way: f64) {
        self.waiting.insert(key, (0, way, 0));
        self.offer(key);
    }

    /// A step is in the store: who waited for it alone is ready, and told.
    pub(crate) fn done(&mut self, key: StepKey) -> Vec<StepKey> {
        let mut ready = Vec::new();
        for dependant in self.dependants.remove(&key).unwrap_or_default() {
            if self.has_one_less(dependant) {
                ready.push(dependant);
            }
        }
        ready
    }

    /// A step waits for one less; whether it is ready now.
    fn has_one_less(&mut self, key: StepKey) -> bool {
        let Some((.., missing)) = self.waiting.get_mut(&key) else { return false };
        *missing -= 1;
        let ready = *missing == 0;
        self.offer(key);
        ready
    }

    /// Takes a step that is ready.
    pub(crate) fn take(&mut self, key: StepKey) -> bool {
        matches!(self.waiting.get(&key), Some((.., 0))) && self.waiting.remove(&key).is_some()
    }

    /// Gives a step up, with all that need it; how many those are.
    pub(crate) fn give_up(&mut self, key: StepKey) -> usize {
        self.waiting.remove(&key);
        let mut lost = 0;
        let mut open = vec![key];
        while let Some(key) = open.pop() {
            for dependant in self.dependants.remove(&key).unwrap_or_default() {
                if self.on_the_way.get(&dependant) == Some(&key) {
                    self.has_one_less(dependant);
                } else if self.waiting.remove(&dependant).is_some() {
                    lost += 1;
                    open.push(dependant);
                }
            }
        }
        lost
    }
}

#[cfg(test)]
mod tests {
    use mu_graph::Step;
    use mu_step::{ModuleSpec, SplitSpec, StepSpec};

    use super::*;

    /// Steps by name, each with those that it needs.
    fn graph(edges: &[(u8, Option<u8>)]) -> (Graph, Vec<StepKey>) {
        let mut graph = Graph::default();
        let mut keys: Vec<StepKey> = Vec::new();
        for (name, needs) in edges {
            let spec = match needs {
                None => StepSpec::Module(ModuleSpec { digest: name.to_string() }),
                Some(needs) => StepSpec::Split(SplitSpec {
                    data: keys[usize::from(*needs)],
                    validation: 0.0,
                    seed: u64::from(*name),
                    numpy: false,
                }),
            };
            let key = spec.key();
            keys.push(key);
            graph.insert(key, Step { spec, root: None, flops: 0.0 });
        }
        (graph, keys)
    }

    #[test]
    fn the_longest_way_goes_first_and_what_fails_takes_its_own_with_it() {
        // 0 → 2 → 3 and 1 → 4: 1 is long itself, 0 has the longer way.
        let (graph, keys) = graph(&[(0, None), (1, None), (2, Some(0)), (3, Some(2)), (4, Some(1))]);
        let cost = |key: StepKey| [1.0, 3.0, 2.0, 4.0, 1.0][keys.iter().position(|k| *k == key).unwrap_or(0)];
        let mut queue = Queue::new(&graph, &keys, &HashSet::new(), &HashMap::new(), &cost);
        let any = |_: StepKey| true;
        assert_eq!(queue.next(&any), Some(keys[0]));
        assert_eq!(queue.next(&any), Some(keys[1]));
        assert_eq!(queue.next(&any), None, "the rest waits");
        assert!(!queue.is_ready());
        queue.done(keys[0]);
        assert_eq!(queue.next(&|key| key != keys[2]), None, "it does not fit");
        assert_eq!(queue.next(&any), Some(keys[2]), "and is still there");
        assert_eq!(queue.give_up(keys[2]), 1, "with the one that needs it");
        queue.again(keys[1], 0.0);
        assert_eq!(queue.next(&any), Some(keys[1]));
        queue.done(keys[1]);
        assert_eq!(queue.next(&any), Some(keys[4]));
        assert_eq!(queue.len(), 0);
    }

    #[test]
    fn what_lies_on_a_longer_way_waits_for_it_but_does_not_need_it() {
        let (graph, keys) = graph(&[(0, None), (1, None), (2, Some(0))]);
        let short = Prefix { key: keys[0], spec: graph[keys[0]].spec.clone(), epochs: 1, flops: 0.0 };
        let on_the_way = HashMap::from([(keys[1], vec![short])]);
        let any = |_: StepKey| true;
        for fails in [false, true] {
            let mut queue = Queue::new(&graph, &keys, &HashSet::new(), &on_the_way, &|_| 1.0);
            assert_eq!((queue.next(&any), queue.next(&any)), (Some(keys[1]), None));
            if fails {
                assert_eq!(queue.give_up(keys[1]), 0, "nothing is lost");
            } else {
                assert_eq!(queue.done(keys[1]), [keys[0]]);
            }
            assert_eq!(queue.next(&any), Some(keys[0]));
            assert!(queue.done(keys[0]) == [keys[2]] && queue.take(keys[2]) && !queue.take(keys[2]));
        }
    }

    #[test]
    fn what_is_there_is_not_waited_for() {
        let (graph, keys) = graph(&[(0, None), (1, Some(0))]);
        let has = HashSet::from([keys[0]]);
        let mut queue = Queue::new(&graph, &keys[1..], &has, &HashMap::new(), &|_| 1.0);
        assert_eq!(queue.next(&|_| true), Some(keys[1]));
    }
}
