//! What the generated history steers towards, front by front. These are not figures of any page:
//! pages count the records that come of it.

use jiff::civil::Date;
use places::Front;

use super::days::{BASELINE, FIRST, LAST, days_between};

/// Shares of the operating units of one front at the three dates that matter.
struct Course {
    front: Front,
    /// Of all units.
    units: f64,
    /// Covered at the beginning, at the baseline, at the end.
    covered: [f64; 3],
    /// Of the covered, by a separate organisation.
    separate: f64,
    /// Should establish and did not, at the end.
    due: f64,
    /// Covered by an organisation or by work, at the end.
    work: f64,
    /// Newly covered units lost again, per year.
    lost: f64,
    /// How the year since the baseline went: 1 evenly, above 1 ever faster.
    haste: f64,
}

const COURSES: [Course; 5] = [
    Course {
        front: Front::Park,
        units: 0.305,
        covered: [0.470, 0.513, 0.544],
        separate: 0.590,
        due: 0.018,
        work: 0.912,
        lost: 0.010,
        haste: 1.0,
    },
    Course {
        front: Front::Building,
        units: 0.229,
        covered: [0.290, 0.325, 0.396],
        separate: 0.389,
        due: 0.028,
        work: 0.896,
        lost: 0.017,
        haste: 1.6,
    },
    Course {
        front: Front::District,
        units: 0.342,
        covered: [0.240, 0.275, 0.347],
        separate: 0.193,
        due: 0.016,
        work: 0.873,
        lost: 0.012,
        haste: 1.6,
    },
    Course {
        front: Front::MakerSpace,
        units: 0.075,
        covered: [0.285, 0.319, 0.345],
        separate: 0.348,
        due: 0.015,
        work: 0.921,
        lost: 0.011,
        haste: 1.0,
    },
    Course {
        front: Front::CharacteristicTown,
        units: 0.049,
        covered: [0.300, 0.335, 0.361],
        separate: 0.413,
        due: 0.014,
        work: 0.899,
        lost: 0.017,
        haste: 1.0,
    },
];

/// Shares of operating units on a date.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aim {
    pub(super) separate: f64,
    pub(super) joint: f64,
    pub(super) due: f64,
    /// Neither an organisation nor work.
    pub(super) bare: f64,
    /// Covered units that lose their organisation, per year.
    pub(super) lost: f64,
}

fn course(front: Front) -> &'static Course {
    COURSES.iter().find(|course| course.front == front).unwrap_or(&COURSES[0])
}

/// What a front steers towards on a date.
pub(super) fn aim(front: Front, on: Date) -> Aim {
    let course = course(front);
    let share =
        |from, to| (days_between(from, on) as f64 / days_between(from, to) as f64).clamp(0.0, 1.0);
    let [first, baseline, last] = course.covered;
    let covered = if on <= BASELINE {
        first + (baseline - first) * share(FIRST, BASELINE)
    } else {
        baseline + (last - baseline) * share(BASELINE, LAST).powf(course.haste)
    };
    // What is still open shrinks over the two years: twice as much at the beginning.
    let open = 2.0 - share(FIRST, LAST);
    Aim {
        separate: covered * course.separate,
        joint: covered * (1.0 - course.separate),
        due: course.due * open,
        bare: (1.0 - course.work) * open,
        lost: course.lost,
    }
}

/// How many of all units each front gets: by largest remainder, so that they add up.
pub(super) fn quotas(units: usize) -> [(Front, usize); 5] {
    let whole: f64 = COURSES.iter().map(|course| course.units).sum();
    let exact = |course: &Course| units as f64 * course.units / whole;
    let mut quotas = COURSES.each_ref().map(|course| (course.front, floor(exact(course))));
    let mut order: Vec<usize> = (0..quotas.len()).collect();
    order.sort_by(|one, other| {
        let left = |place: usize| exact(&COURSES[place]).fract();
        left(*other).total_cmp(&left(*one))
    });
    let missing = units - quotas.iter().map(|(_, count)| count).sum::<usize>();
    for place in order.into_iter().cycle().take(missing) {
        quotas[place].1 += 1;
    }
    quotas
}

/// A share of a number of units, rounded to whole units.
pub(super) fn of(units: usize, share: f64) -> usize {
    floor((units as f64 * share).max(0.0) + 0.5)
}

/// The whole part of a number of units.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts of units")]
pub(super) fn floor(number: f64) -> usize {
    number.floor() as usize
}

#[cfg(test)]
mod tests {
    use kernel::Code as _;

    use super::*;

    #[test]
    fn quotas_add_up_and_leave_no_front_empty() {
        for units in [100, 101, 600, 12_000, 99_999] {
            let quotas = quotas(units);
            assert_eq!(quotas.iter().map(|(_, count)| count).sum::<usize>(), units);
            assert!(quotas.iter().all(|(_, count)| *count > 0), "{quotas:?}");
        }
    }

    #[test]
    fn coverage_only_rises() {
        for front in Front::ALL {
            let covered = |on| {
                let aim = aim(*front, on);
                aim.separate + aim.joint
            };
            let rise = [FIRST, Date::constant(2020, 6, 1), BASELINE, LAST].map(covered);
            assert!(rise.is_sorted(), "{front}: {rise:?}");
        }
    }
}
