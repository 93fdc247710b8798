//! NumPy's `RandomState`, as far as published splits need it: the Mersenne Twister (Matsumoto and Nishimura 1998) and NumPy's
//! shuffle by masked rejection. NumPy promises that its stream never changes.

/// The generator of `numpy.random.RandomState(seed)`.
pub struct RandomState {
    state: [u32; 624],
    at: usize,
}

impl RandomState {
    /// As `RandomState(seed)`.
    #[must_use]
    pub fn new(seed: u32) -> Self {
        let mut state = [0; 624];
        state[0] = seed;
        for i in 1..624 {
            let last: u32 = state[i - 1];
            state[i] = (last ^ (last >> 30)).wrapping_mul(1_812_433_253).wrapping_add(i as u32);
        }
        Self { state, at: 624 }
    }

    fn word(&mut self) -> u32 {
        if self.at == 624 {
            for i in 0..624 {
                let y = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % 624] & 0x7fff_ffff);
                let odd = if y & 1 == 1 { 0x9908_b0df } else { 0 };
                self.state[i] = self.state[(i + 397) % 624] ^ (y >> 1) ^ odd;
            }
            self.at = 0;
        }
        let mut y = self.state[self.at];
        self.at += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    /// Uniform in 0..=most.
    fn up_to(&mut self, most: u32) -> u32 {
        let mask = u32::MAX.checked_shr(most.leading_zeros()).unwrap_or(0);
        loop {
            let value = self.word() & mask;
            if value <= most {
                return value;
            }
        }
    }

    /// As `permutation(n)`.
    pub fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..n).collect();
        for i in (1..n).rev() {
            all.swap(i, self.up_to(i as u32) as usize);
        }
        all
    }

    /// As `choice(items, count, replace=False)`.
    pub fn choice<T: Copy>(&mut self, items: &[T], count: usize) -> Vec<T> {
        self.permutation(items.len()).into_iter().take(count).map(|i| items[i]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::RandomState;

    /// numpy.random.RandomState(1): `permutation(10)`, then `choice(np.arange(100, 120), 5, replace=False)`.
    #[test]
    fn the_stream_is_numpys() {
        let mut random = RandomState::new(1);
        assert_eq!(random.permutation(10), [2, 9, 6, 4, 0, 3, 1, 7, 8, 5]);
        let items: Vec<i64> = (100..120).collect();
        assert_eq!(random.choice(&items, 5), [109, 103, 116, 118, 100]);
        assert_eq!(RandomState::new(0).permutation(1), [0]);
    }
}
