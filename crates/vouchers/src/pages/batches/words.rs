//! Terms in words that a clerk reads out: each a sentence of its own.

use kernel::Code as _;
use web::filters::grouped;

use crate::{
    Terms,
    pages::{claiming::yuan, frame::moment},
};

/// A version of the terms, in words.
pub(crate) fn edition(version: i64) -> String {
    format!("第 {version} 版")
}

/// What the terms say: what about, and the sentence.
pub(crate) fn words(terms: &Terms) -> Vec<(&'static str, String)> {
    let span = |from, until| format!("{} 起，{} 以前", moment(from), moment(until));
    let plain = |text: &str| text.to_owned();
    vec![
        (
            "怎么减",
            if terms.threshold == terms.face {
                format!("抵 {} 元", yuan(terms.face))
            } else {
                format!("一单满 {} 元，减 {} 元", yuan(terms.threshold), yuan(terms.face))
            },
        ),
        ("发多少", format!("{} 张，预算 {} 元", grouped(terms.quantity), terms.budget)),
        ("每人", format!("每人最多 {} 张，一天最多 {} 张", terms.person_cap, terms.day_cap)),
        ("领取", span(terms.claim_from, terms.claim_until)),
        ("使用", span(terms.use_from, terms.use_until)),
        ("分次用", plain(if terms.partial { "可以分几次用" } else { "一次用完，不找零" })),
        ("同一单", plain(terms.stacking.label())),
        (
            "退货",
            if terms.refund_days == 0 {
                plain("使用期内退货，券也退回；过期后退货，券不退")
            } else {
                format!("退货时券也退回，过期后 {} 天内还能用", terms.refund_days)
            },
        ),
        ("作废和过期", plain(if terms.restock { "回到库存，别人可以再领" } else { "不回库存" })),
        (
            "人多时",
            if terms.admit_per_second == 0 {
                plain("不排队，先到先得")
            } else {
                format!("排队，每秒放行 {} 人", grouped(terms.admit_per_second))
            },
        ),
    ]
}

/// What one version says otherwise than the one before it; its name, too.
pub(crate) fn changes(before: &Terms, now: &Terms) -> Vec<(&'static str, String)> {
    let mut changed = Vec::new();
    if before.name != now.name {
        changed.push(("名称", now.name.clone()));
    }
    let (before, now) = (words(before), words(now));
    let pairs = before.into_iter().zip(now);
    changed.extend(pairs.filter(|(old, new)| old.1 != new.1).map(|(_, new)| new));
    changed
}

#[cfg(test)]
mod tests {
    use kernel::Fen;

    use super::*;
    use crate::Stacking;

    fn terms() -> Terms {
        let at = |hour: i64| jiff::Timestamp::from_second(hour * 3_600).unwrap();
        Terms {
            name: "满100减20".into(),
            face: Fen(2_000),
            threshold: Fen(10_000),
            quantity: 10_000,
            budget: Fen(20_000_000),
            person_cap: 1,
            day_cap: 1,
            claim_from: at(0),
            claim_until: at(24),
            use_from: at(0),
            use_until: at(48),
            partial: false,
            stacking: Stacking::Alone,
            restock: true,
            refund_days: 7,
            admit_per_second: 0,
        }
    }

    #[test]
    fn terms_read_as_sentences() {
        let said = words(&terms());
        assert!(said.contains(&("怎么减", "一单满 100 元，减 20 元".into())), "{said:?}");
        assert!(said.contains(&("发多少", "10,000 张，预算 200,000.00 元".into())), "{said:?}");
    }

    #[test]
    fn only_what_changed_is_told() {
        let (before, mut now) = (terms(), terms());
        assert!(changes(&before, &now).is_empty());
        now.name = "满100减10".into();
        now.face = Fen(1_000);
        let told: Vec<_> = changes(&before, &now).into_iter().map(|(about, _)| about).collect();
        assert_eq!(told, ["名称", "怎么减"]);
    }
}
