//! IEEE 754 half precision: a sign, five bits of exponent, ten of fraction.

const EXPONENT: u16 = 0x7c00;
const SIGN: u16 = 0x8000;
const QUIET: u16 = 0x200;

/// The number that the bits stand for. A NaN keeps its payload.
pub(super) fn decode(bits: u16) -> f64 {
    let fraction = f64::from(bits & 0x3ff);
    let magnitude = match (bits & EXPONENT) >> 10 {
        0 => fraction * 2.0_f64.powi(-24),
        0x1f => f64::from_bits(f64::INFINITY.to_bits() | u64::from(bits & 0x3ff) << 42),
        exponent => (1024.0 + fraction) * 2.0_f64.powi(i32::from(exponent) - 25),
    };
    magnitude.copysign(if bits & SIGN == 0 { 1.0 } else { -1.0 })
}

/// The bits nearest to a number, ties to even; None if a finite number is too large. Of a NaN's payload what there is room for
/// stays; one of which nothing stays becomes quiet.
pub(super) fn encode(number: f64) -> Option<u16> {
    let bits = number.to_bits();
    let sign = ((bits >> 48) as u16) & SIGN;
    let fraction = bits & ((1 << 52) - 1);
    let exponent = ((bits >> 52) & 0x7ff) as i32;
    if exponent == 0x7ff {
        let payload = (fraction >> 42) as u16;
        return Some(sign | EXPONENT | if fraction != 0 && payload == 0 { QUIET } else { payload });
    }
    let power = exponent - 1023;
    if power > 15 {
        return None;
    }
    if power < -25 {
        return Some(sign); // below half of the least number there is
    }
    // The 53 bits of the number lose so many, which leaves units of the result's last place.
    let whole = fraction | (1 << 52);
    let lost = if power < -14 { 42 + (-14 - power) as u32 } else { 42 };
    let kept = whole >> lost;
    let (rest, half) = (whole & ((1 << lost) - 1), 1_u64 << (lost - 1));
    let rounded = kept + u64::from(rest > half || (rest == half && kept & 1 == 1));
    // A carry out of the fraction is the next exponent, as the bits lie. Of a normal number, `rounded` has the leading bit.
    let base = if power < -14 { 0 } else { ((power + 14) as u64) << 10 };
    let result = base + rounded;
    (result < u64::from(EXPONENT)).then_some(sign | result as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_half_comes_back() {
        for bits in 0..=u16::MAX {
            let number = decode(bits);
            assert_eq!(encode(number), Some(bits), "{bits:04x} {number}");
        }
    }

    #[test]
    fn a_nan_that_loses_its_payload_is_quiet() {
        let nan = |payload| f64::from_bits(f64::INFINITY.to_bits() | payload);
        for (payload, bits) in
            [(1, 0x7e00), (1 << 42 | 1, 0x7c01), (1 << 51, 0x7e00), (1 << 51 | 5 << 42, 0x7e05)]
        {
            assert_eq!(encode(nan(payload)), Some(bits), "{payload:x}");
        }
        assert_eq!(encode(-nan(5 << 42)), Some(0xfc05));
    }

    #[test]
    fn rounds_to_the_nearest_and_ties_to_even() {
        let two = |power| 2.0_f64.powi(power);
        for (number, bits) in [
            (two(-25), 0),
            (two(-25) + two(-35), 1),
            (two(-26), 0),
            (two(-14) - two(-24), 0x3ff),
            (two(-14) - two(-25), 0x400),
            (1.0 + two(-11) + two(-16), 0x3c01),
            (1.0 + two(-11), 0x3c00),
            (65519.0, 0x7bff),
            (-65519.0, 0xfbff),
            (f64::INFINITY, 0x7c00),
        ] {
            assert_eq!(encode(number), Some(bits), "{number}");
        }
        for number in [65520.0, -65520.0, 1e300, f64::MAX] {
            assert_eq!(encode(number), None, "{number}");
        }
        // To f32 and then to f16 would round twice.
        assert_eq!(encode(f64::from(0x1ffd_u32) * two(-2) - two(-26)), Some(0x67ff));
    }
}
