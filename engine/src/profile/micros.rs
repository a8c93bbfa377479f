//! Amounts as whole millionths: their sum is exact, so that the order of adding does not matter.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Millionths in one unit.
const UNIT: i128 = 1_000_000;
/// The most that one amount counts for, either way. A hundred thousand million of them fit into the sum, so that it
/// never has to be cut off, which would make it depend on the order.
const MOST: i128 = 1_000_000_000_000_000_000_000 * UNIT;

/// An amount, or a sum of amounts, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Micros(i128);

/// As JSON: a number where every reader can take it, else its digits as text.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Stored {
    Number(i64),
    Digits(String),
}

impl TryFrom<Stored> for Micros {
    type Error = std::num::ParseIntError;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        match stored {
            Stored::Number(micros) => Ok(Self(micros.into())),
            Stored::Digits(digits) => digits.parse().map(Self),
        }
    }
}

impl From<Micros> for Stored {
    fn from(micros: Micros) -> Self {
        i64::try_from(micros.0).map_or_else(|_| Self::Digits(micros.0.to_string()), Self::Number)
    }
}

impl Micros {
    /// One unit.
    pub const ONE: Self = Self(UNIT);

    /// So many whole units.
    pub const fn whole(units: i64) -> Self {
        Self(units as i128 * UNIT)
    }

    /// The amount that a value states: a number, also one written as text.
    pub fn read(value: &Value) -> Option<Self> {
        let whole = match value {
            Value::Number(number) => number.as_i128(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        let micros = match whole {
            Some(units) => units.saturating_mul(UNIT),
            None => nearest(number(value)?),
        };
        Some(Self(micros.clamp(-MOST, MOST)))
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The same the other way: added, it takes this one away.
    #[must_use]
    pub fn negative(self) -> Self {
        Self(self.0.saturating_neg())
    }

    /// Less its sign.
    #[must_use]
    pub fn without_sign(self) -> Self {
        Self(self.0.saturating_abs())
    }

    /// So many times: exact if it is a whole number of times.
    #[must_use]
    pub fn times(self, quantity: Self) -> Self {
        Self(self.0.saturating_mul(quantity.0) / UNIT)
    }

    /// A part of it, if so many share it.
    pub fn shared_by(self, many: i64) -> Option<Self> {
        self.0.checked_div(many.into()).filter(|_| many > 0).map(Self)
    }

    /// In units.
    #[expect(clippy::cast_precision_loss, reason = "shown to people; exact below nine billion units")]
    pub fn units(self) -> f64 {
        self.0 as f64 / UNIT as f64
    }

    /// In units, as JSON: without a fraction if there is none.
    pub fn to_json(self) -> Value {
        match i64::try_from(self.0 / UNIT) {
            Ok(units) if self.0 % UNIT == 0 => units.into(),
            _ => self.units().into(),
        }
    }
}

/// A number, also one written as text.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|number: &f64| number.is_finite())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a float cast saturates, which is what an absurd amount deserves"
)]
fn nearest(amount: f64) -> i128 {
    (amount * UNIT as f64).round() as i128
}

#[cfg(test)]
mod tests {
    use super::Micros;
    use serde_json::{Value, json};

    fn sum(amounts: &[Value]) -> Micros {
        amounts.iter().filter_map(Micros::read).fold(Micros::default(), Micros::plus)
    }

    #[test]
    fn tenths_add_up_exactly() {
        assert_eq!(sum(&[json!(0.1), json!("0.2")]).to_json(), json!(0.3));
        assert_eq!(sum(&[json!(0.5), json!(" 1.5 "), json!(-3)]).to_json(), json!(-1));
    }

    #[test]
    fn what_is_not_a_finite_number_is_not_an_amount() {
        for value in
            [json!("NaN"), json!("inf"), json!(""), json!("€ 5"), json!(null), json!(true), json!([1])]
        {
            assert_eq!(Micros::read(&value), None, "{value}");
        }
    }

    #[test]
    fn absurd_amounts_add_up_the_same_in_any_order_and_read_back() {
        let amounts =
            [json!(1e300), json!(-1e300), json!(u64::MAX), json!("-170141183460469231731687303715884105728")];
        let reversed: Vec<Value> = amounts.iter().rev().cloned().collect();
        let total = sum(&amounts);
        assert_eq!(total, sum(&reversed));
        for micros in [total, sum(&[json!(3)])] {
            let stored = serde_json::to_string(&micros).unwrap();
            assert_eq!(serde_json::from_str::<Micros>(&stored).unwrap(), micros);
        }
    }
}
