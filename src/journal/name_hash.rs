//! The hash of a thread's names: they are short and not chosen by an adversary, so a multiply per eight
//! bytes will do.

use std::hash::Hasher;

/// The hash of a name.
#[derive(Default)]
pub struct NameHasher(u64);

impl Hasher for NameHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let mut state = self.0 ^ (bytes.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut mix = |word: u64| {
            let product = u128::from(state ^ word) * u128::from(0xD6E8_FEB8_6659_FD93_u64);
            state = product as u64 ^ (product >> 64) as u64;
        };
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            mix(chunk.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)));
        }
        mix(chunks.remainder().iter().fold(1, |word, byte| word << 8 | u64::from(*byte)));
        self.0 = state;
    }

    #[inline]
    fn write_usize(&mut self, value: usize) {
        self.0 ^= value as u64;
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}
