//! A list as arrays of a fixed length, one after the other.

/// The arrays of `N` elements that `list` begins with; what is left at its end makes none. The standard library
/// has `as_chunks` since Rust 1.88.
pub fn chunks<T: Copy + Default, const N: usize>(list: &[T]) -> impl ExactSizeIterator<Item = [T; N]> {
    list.chunks_exact(N).map(|chunk| chunk.try_into().unwrap_or([T::default(); N]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_makes_none() {
        assert_eq!(chunks(&[1, 2, 3, 4, 5]).collect::<Vec<_>>(), [[1, 2], [3, 4]]);
        assert_eq!(chunks::<u8, 3>(&[1, 2]).len(), 0);
    }
}
