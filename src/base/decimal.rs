//! A parser of decimal numbers for long series, several times faster than the standard library's. It leaves
//! unusual notation, and values too close to a rounding boundary, to the standard library.
//!
//! Digits are taken eight at a time. The value is that of at most 19 digits times a power of ten, as Eisel and
//! Lemire do it: the product with the 128 most significant bits of the power has an error of less than 2 units
//! of its 128 most significant bits, and decides unless it is that close to the middle between two floats.

use super::value::Scalar;

/// Bytes that have to be there from the beginning of a number on.
pub const AHEAD: usize = 48;

/// The powers of ten that are known: 10 to the power of -55 up to 55.
const MOST: i32 = 55;

/// The powers of ten that are floats without an error.
const EXACT: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// The powers of ten below eight digits.
const TENS: [u64; 8] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000];

/// The most significant bits of a power of five, the highest one set, the rest cut; and the exponent of the
/// power of two that is no greater.
#[derive(Clone, Copy)]
struct Power(u128, i32);

/// The powers of five from -`MOST` on.
static POWERS: [Power; 2 * MOST as usize + 1] = powers();

const fn powers() -> [Power; 2 * MOST as usize + 1] {
    let mut all = [Power(0, 0); 2 * MOST as usize + 1];
    let mut exponent = 0;
    let mut five: u128 = 1;
    loop {
        let bits = 128 - five.leading_zeros() as i32;
        all[(MOST + exponent) as usize] = Power(five << five.leading_zeros(), bits - 1);
        if exponent > 0 {
            all[(MOST - exponent) as usize] = Power(reciprocal(five, bits), -bits);
        }
        if exponent == MOST {
            return all;
        }
        exponent += 1;
        five *= 5;
    }
}

/// 2 to the power of `bits` + 127, divided by `divisor`, which has `bits` bits and is no power of two.
const fn reciprocal(divisor: u128, bits: i32) -> u128 {
    let dividend = if bits == 128 { 0_u128 } else { 1 << bits };
    let (mut quotient, mut rest) = (1_u128, dividend.wrapping_sub(divisor));
    let mut left = 127;
    while left > 0 {
        let is_over = rest >> 127 == 1;
        rest <<= 1;
        quotient <<= 1;
        if is_over || rest >= divisor {
            rest = rest.wrapping_sub(divisor);
            quotient |= 1;
        }
        left -= 1;
    }
    quotient
}

/// The integer at the beginning of `text`, and how many bytes it has; as [`next`].
#[inline]
pub fn integer(text: &[u8]) -> Option<(i64, usize)> {
    let text: &[u8; AHEAD] = text.first_chunk()?;
    let start = usize::from(text[0] == b'-');
    let (digits, end) = more_digits(text, start, 0)?;
    let value = if start == 1 { (digits as i64).wrapping_neg() } else { digits as i64 };
    (1..=18).contains(&(end - start)).then_some((value, end))
}

/// The number at the beginning of `text`, and how many bytes it has. None where it isn't written in the usual
/// way, or `text` is shorter than [`AHEAD`]: the standard library decides then. What follows the number is not
/// looked at.
#[inline]
pub fn next(text: &[u8]) -> Option<(Scalar, usize)> {
    let text: &[u8; AHEAD] = text.first_chunk()?;
    let start = usize::from(text[0] == b'-');
    let is_negative = start == 1;
    let (mut digits, whole) = more_digits(text, start, 0)?;
    let (mut end, mut exponent, mut count) = (whole, 0, whole - start);
    if count == 0 {
        return None;
    }
    if text[whole] == b'.' {
        let is_small = digits == 0;
        (digits, end) = more_digits(text, whole + 1, digits)?;
        let fraction = end - whole - 1;
        if fraction == 0 {
            return None;
        }
        (exponent, count) = (-(fraction as i32), count + fraction);
        if count > 19 && is_small {
            let zeros = text[whole + 1..end].iter().take_while(|digit| **digit == b'0').count();
            count = fraction - zeros;
        }
    } else if text[whole] | 0x20 != b'e' {
        let value = if is_negative { (digits as i64).wrapping_neg() } else { digits as i64 };
        return (count <= 18).then_some((Scalar::I64(value), end));
    }
    if count > 19 {
        return None;
    }
    if text.get(end)? | 0x20 == b'e' {
        let is_below = *text.get(end + 1)? == b'-';
        let from = end + 1 + usize::from(matches!(text[end + 1], b'+' | b'-'));
        let (power, after) = more_digits(text, from, 0)?;
        if after == from || after > from + 4 {
            return None;
        }
        exponent += if is_below { -(power as i32) } else { power as i32 };
        end = after;
    }
    let value = product(digits, exponent)?;
    Some((Scalar::F64(if is_negative { -value } else { value }), end))
}

/// Adds the digits at `at` to those that `value` has; returns the value and where they end. None where that is
/// too near to the end. The value is wrong where there are more than 19 digits.
#[inline(always)]
fn more_digits(text: &[u8; AHEAD], mut at: usize, mut value: u64) -> Option<(u64, usize)> {
    loop {
        let eight: [u8; 8] = *text.get(at..)?.first_chunk()?;
        let digits = u64::from_le_bytes(eight) ^ 0x3030_3030_3030_3030;
        // The highest bit is set of the first byte that is no digit.
        let others = (digits.wrapping_add(0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080;
        if others != 0 {
            // How many come before it differs from number to number: no branch could foresee it. Zeros before
            // them make them eight.
            let count = others.trailing_zeros() as usize / 8;
            let last = eight_digits(digits << (8 * (7 - count)) << 8);
            return Some((value.wrapping_mul(TENS[count]).wrapping_add(last), at + count));
        }
        value = value.wrapping_mul(100_000_000).wrapping_add(eight_digits(digits));
        at += 8;
    }
}

/// The number that eight digits make, the first one in the lowest byte.
#[inline(always)]
fn eight_digits(digits: u64) -> u64 {
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let low = (pairs & 0x0000_00FF_0000_00FF).wrapping_mul(0x000F_4240_0000_0064);
    let high = ((pairs >> 16) & 0x0000_00FF_0000_00FF).wrapping_mul(0x0000_2710_0000_0001);
    low.wrapping_add(high) >> 32
}

/// `digits` times ten to the power of `exponent`, rounded to the nearest float.
#[inline(always)]
fn product(digits: u64, exponent: i32) -> Option<f64> {
    if digits <= 1 << 53 && exponent.unsigned_abs() <= 22 {
        let (digits, power) = (digits as f64, EXACT[exponent.unsigned_abs() as usize]);
        return Some(if exponent < 0 { digits / power } else { digits * power });
    }
    if exponent.abs() > MOST || digits == 0 {
        return None;
    }
    let Power(power, floor) = POWERS[(exponent + MOST) as usize];
    let zeros = digits.leading_zeros();
    let factor = u128::from(digits << zeros);
    // The 128 most significant bits of 192; none is lost but for the carry.
    let high = factor * (power >> 64) + ((factor * (power & u128::from(u64::MAX))) >> 64);
    let below = 128 - high.leading_zeros() - 53;
    let (rest, half) = (high & ((1 << below) - 1), 1_u128 << (below - 1));
    let is_up = rest > half;
    if !is_up && rest + 2 > half {
        return None;
    }
    let mantissa = (high >> below) as u64 + u64::from(is_up);
    let scale = below as i32 + 64 - zeros as i32 + floor - 127 + exponent;
    Some(mantissa as i64 as f64 * f64::from_bits(((1023 + scale) as u64) << 52))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(Scalar, usize)> {
        next(format!("{text}],{}", " ".repeat(AHEAD)).as_bytes())
    }

    /// Reads a float as the standard library does, or leaves it.
    fn same(text: &str) -> bool {
        match read(text) {
            None => false,
            Some((Scalar::F64(value), length)) => {
                let expected: f64 = text.parse().unwrap();
                assert_eq!((value.to_bits(), length), (expected.to_bits(), text.len()), "{text}");
                true
            }
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn floats_are_those_of_the_standard_library() {
        let mut state = 88_172_645_463_325_252_u64;
        let mut random = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let (mut all, mut read) = (0, 0);
        for _ in 0..100_000 {
            let bits = random();
            let near = (bits as i64 >> 11) as f64 / (1_u64 << (bits % 60)) as f64;
            let far = f64::from_bits(bits);
            let digits = bits >> (bits % 64);
            let power = (bits % 130) as i32 - 65;
            let texts = [
                format!("{near:?}"),
                format!("{near:e}"),
                format!("{digits}e{power}"),
                format!("{digits}.5"),
            ];
            all += texts.len();
            read += texts.iter().filter(|text| same(text)).count();
            if far.is_finite() {
                same(&format!("{far:e}"));
            }
        }
        assert!(read * 10 > all * 8, "{read} of {all}");
    }

    #[test]
    fn floats_in_the_middle_between_two_are_left_or_right() {
        for bits in [1.0_f64, 0.1, 1e15, 123_456_789.0, 9_007_199_254_740_993.0, 1e22].map(f64::to_bits) {
            for bits in bits - 2..bits + 2 {
                let (low, high) = (f64::from_bits(bits), f64::from_bits(bits + 1));
                // Exactly in the middle, and the nearest decimals of 19 digits.
                for text in [format!("{:.18e}", low + (high - low) / 2.0), format!("{:.17e}", low)] {
                    same(&text);
                }
            }
        }
        for digits in (1_u64 << 53..(1 << 53) + 9).chain((1 << 63) + 1020..(1 << 63) + 1030) {
            for power in -30..30 {
                same(&format!("{digits}e{power}"));
            }
        }
        for text in ["0.0", "-0.0", "0e0", "1.0", "-2.5", "0.00012345678901234567", "1e-05", "1E+3", "5e-324"]
        {
            same(text);
        }
    }

    #[test]
    fn integers_and_what_is_none() {
        let is = |text: &str, value| {
            assert_eq!(read(text), Some((Scalar::I64(value), text.len())));
            assert_eq!(
                integer(format!("{text},{}", " ".repeat(AHEAD)).as_bytes()),
                Some((value, text.len()))
            );
        };
        is("0", 0);
        is("-1", -1);
        is("999999999999999999", 999_999_999_999_999_999);
        is("-12345678", -12_345_678);
        for text in [
            "",
            "-",
            "x",
            "1.",
            ".5",
            "1e",
            "1e+",
            "-.5",
            "9999999999999999999",
            "-9223372036854775808",
            "NaN",
            "-Infinity",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        for text in ["", "-", "x", "9999999999999999999"] {
            assert_eq!(integer(format!("{text},{}", " ".repeat(AHEAD)).as_bytes()), None, "{text}");
        }
        assert_eq!((next(b"1"), integer(b"1")), (None, None));
        assert_eq!(read("1.00000000000000000000000000000000000000000000000000000000000001"), None);
    }
}
