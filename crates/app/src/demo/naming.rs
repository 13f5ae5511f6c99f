//! Names, codes and addresses of generated units. No code can be a real one.

use std::collections::HashSet;

use kernel::{Uscc, fold_name};
use places::{Industry, UnitKind};

use super::{
    dice::Dice,
    words::{COIN_FIRST, COIN_SECOND, FAMILIES, shops, trades},
};

/// Makes names and codes, none of them twice.
pub(super) struct Naming {
    names: HashSet<String>,
    codes: HashSet<Uscc>,
}

impl Naming {
    pub(super) fn new() -> Self {
        Self { names: HashSet::new(), codes: HashSet::new() }
    }

    /// Whether nobody has this name yet; takes it.
    pub(super) fn take(&mut self, name: &str) -> bool {
        self.names.insert(fold_name(name))
    }

    /// A name that `make` proposes and nobody has.
    fn unique(&mut self, dice: &mut Dice, mut make: impl FnMut(&mut Dice) -> String) -> String {
        for _ in 0..64 {
            let name = make(dice);
            if self.take(&name) {
                return name;
            }
        }
        // The words are used up: a number makes the difference.
        let stem = make(dice);
        let mut no = 2;
        while !self.take(&format!("{stem}{no}号")) {
            no += 1;
        }
        format!("{stem}{no}号")
    }

    /// A coined word and one of these words after it.
    pub(super) fn called(&mut self, dice: &mut Dice, before: &str, words: &[&str]) -> String {
        self.unique(dice, |dice| format!("{before}{}{}", coin(dice), dice.pick(words)))
    }

    /// A unit's registered name.
    pub(super) fn unit(
        &mut self,
        dice: &mut Dice,
        kind: UnitKind,
        industry: Industry,
        town: &str,
    ) -> String {
        const FORMS: [(&str, u32); 4] =
            [("有限公司", 90), ("股份有限公司", 3), ("（昆山）有限公司", 5), ("有限责任公司", 2)];
        self.unique(dice, |dice| {
            let coined = coin(dice);
            match kind {
                UnitKind::Enterprise => match dice.weighted(&FORMS) {
                    form @ "（昆山）有限公司" => {
                        format!("{coined}{}{form}", dice.pick(trades(industry)))
                    }
                    form => format!("昆山{coined}{}{form}", dice.pick(trades(industry))),
                },
                UnitKind::SoleTrader => format!("{town}{coined}{}", dice.pick(shops(industry))),
                UnitKind::SocialGroup => {
                    let words = ["行业协会", "志愿者协会", "文化促进会", "体育协会"];
                    format!("昆山市{coined}{}", dice.pick(&words))
                }
                UnitKind::PrivateSchool => {
                    let words = ["艺术培训学校", "幼儿园", "外语培训学校", "职业培训学校"];
                    format!("昆山市{coined}{}", dice.pick(&words))
                }
                UnitKind::PrivateClinic => {
                    let words = ["口腔门诊部", "中医诊所", "综合门诊部", "诊所"];
                    format!("昆山{coined}{}", dice.pick(&words))
                }
                UnitKind::PrivateNonprofit => {
                    let words = ["社会工作服务中心", "公益服务中心", "养老服务中心"];
                    format!("昆山市{coined}{}", dice.pick(&words))
                }
                UnitKind::LawFirm => format!("江苏{coined}律师事务所"),
                UnitKind::Chamber => format!("昆山市{coined}商会"),
            }
        })
    }

    /// A code of the right form whose organisation part breaks its own check digit (GB 11714), so
    /// that it cannot be anybody's.
    pub(super) fn code(&mut self, dice: &mut Dice, kind: UnitKind) -> Uscc {
        loop {
            let mut body: String = "MA".into();
            for _ in 0..6 {
                body.push(char::from(*dice.pick(LETTERS)));
            }
            let right = organisation_check(&body);
            let wrong = char::from(*dice.pick(LETTERS));
            if wrong == right {
                continue;
            }
            let first = format!("{}320583{body}{wrong}", register(kind));
            let code = Uscc::with_check(&first).expect("17 letters of the code's own alphabet");
            if self.codes.insert(code) {
                return code;
            }
        }
    }
}

const LETTERS: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// The registering authority and its kind of record: the first two characters.
const fn register(kind: UnitKind) -> &'static str {
    match kind {
        UnitKind::Enterprise => "91",
        UnitKind::SoleTrader => "92",
        UnitKind::SocialGroup | UnitKind::Chamber => "51",
        UnitKind::PrivateSchool | UnitKind::PrivateClinic | UnitKind::PrivateNonprofit => "52",
        UnitKind::LawFirm => "31",
    }
}

/// The check digit of eight characters of an organisation code, by GB 11714-1997.
fn organisation_check(body: &str) -> char {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let value = |letter: char| letter.to_digit(36).unwrap_or(0);
    let sum: u32 = body.chars().zip(WEIGHTS).map(|(letter, weight)| value(letter) * weight).sum();
    match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from_digit(digit, 10).unwrap_or('0'),
    }
}

/// A coined word of two characters.
pub(super) fn coin(dice: &mut Dice) -> String {
    let first = *dice.pick(COIN_FIRST);
    let second = *dice.pick(COIN_SECOND);
    [first, if second == first { '澜' } else { second }].iter().collect()
}

/// A generated person's name. It is nobody's.
pub(super) fn person(dice: &mut Dice) -> String {
    format!("{}{}", dice.pick(FAMILIES), coin(dice))
}

/// An address in a town.
pub(super) fn address(dice: &mut Dice, town: &str) -> String {
    format!("昆山市{town}{}路{}号", coin(dice), dice.between(1, 899))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_organisation_check_is_the_standards() {
        // The example of GB 11714-1997.
        assert_eq!(organisation_check("D2143569"), 'X');
    }

    #[test]
    fn names_and_codes_are_never_given_twice() {
        let (mut naming, mut dice) = (Naming::new(), Dice::new(1));
        let mut seen = HashSet::new();
        for _ in 0..5_000 {
            let kind = UnitKind::SoleTrader;
            assert!(seen.insert(naming.unit(&mut dice, kind, Industry::Education, "花桥")));
            let code = naming.code(&mut dice, kind);
            let body = &code.as_str()[8..16];
            assert_ne!(code.as_str().chars().nth(16), Some(organisation_check(body)), "{code}");
        }
    }
}
