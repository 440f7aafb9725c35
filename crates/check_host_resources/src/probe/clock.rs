//! The clock, as the kernel keeps it.

use mailhost_core::net::error_text;
use rtime_clock::adjtime::{Timex, adjtimex};

use crate::facts::{Clock, Seen};

/// What adjtimex(2) says; nothing is changed.
pub(super) fn look() -> Seen<Clock> {
    let mut said = Timex::new();
    if let Err(error) = adjtimex(&mut said) {
        return Err(format!("asking the kernel for the clock: {}", error_text(&error)));
    }
    let Timex(said) = said;
    Ok(clock(said.status, said.offset, said.esterror, said.maxerror))
}

/// The offset is in nanoseconds where the status says so, else in microseconds, as both errors are.
fn clock(status: i32, offset: i64, estimated_error: i64, largest_error: i64) -> Clock {
    let unit = if status & STA_NANO == 0 { 1e-6 } else { 1e-9 };
    Clock {
        // chronyd without rtcsync leaves the flag as it is, and keeps the errors all the same; the kernel
        // lets them grow to the largest there is where nobody does.
        is_synchronised: status & STA_UNSYNC == 0 || largest_error < NOBODY_KNOWS,
        offset: float(offset) * unit,
        estimated_error: float(estimated_error) * 1e-6,
        largest_error: float(largest_error) * 1e-6,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a nanosecond of a second is enough")]
fn float(number: i64) -> f64 {
    number as f64
}

/// Microseconds: the kernel's `NTP_PHASE_LIMIT`.
const NOBODY_KNOWS: i64 = 16_000_000;
const STA_UNSYNC: i32 = 0x40;
const STA_NANO: i32 = 0x2000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_units_of_the_offset() {
        let seconds = |status| clock(status, -250_000, 1500, 16_000_000).offset;
        assert!((seconds(0x2001) + 0.000_25).abs() < 1e-12);
        assert!((seconds(0x0001) + 0.25).abs() < 1e-12);
        assert!(clock(0x2001, 0, 0, 0).is_synchronised);
        assert!(!clock(0x2041, 0, 0, 16_000_000).is_synchronised);
        assert!(clock(0x2041, 0, 0, 30_000).is_synchronised);
        let errors = clock(0, 0, 1500, 16_000_000);
        assert!((errors.estimated_error - 0.0015).abs() < 1e-12);
        assert!((errors.largest_error - 16.0).abs() < 1e-12);
    }

    #[test]
    fn ok_the_kernel_of_this_machine_answers() {
        // Some containers forbid the call.
        if let Err(why) = look() {
            assert!(why.starts_with("asking the kernel for the clock: "), "{why}");
        }
    }
}
