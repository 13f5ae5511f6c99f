//! The first record of all: the city, its towns, its industry bodies.

use db::{Entry, Tx};
use kernel::{Cx, Date, fold_name, time::OPEN};
use serde_json::json;

use crate::{
    BodyDraft, BodyKind, BodyRule, ChangeError, Front, Industry, NewPlace, PlaceId, PlaceKind,
    TreeError, UnitKind, create_body, create_place, draft::fit_name, history::Span, policy, store,
};

/// What a city begins with.
#[derive(Clone, Debug)]
pub struct Founding {
    /// The city's name.
    pub name: String,
    /// Since when it and its towns have stood: before any fact that will be told of them.
    pub since: Date,
    /// The towns, in the order that people expect.
    pub towns: Vec<String>,
    /// The industry bodies, in their turn.
    pub bodies: Vec<BodyDraft>,
}

/// What was founded, or was there already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Founded {
    /// The city.
    pub city: PlaceId,
    /// The towns that were asked for, in that order.
    pub towns: Vec<PlaceId>,
}

impl Founding {
    /// Kunshan as the article has it: 11 towns (区镇), 6 industry committees and 5 special ones.
    pub fn kunshan() -> Self {
        const TOWNS: [&str; 11] = [
            "昆山开发区",
            "昆山高新区",
            "花桥经济开发区",
            "张浦镇",
            "周市镇",
            "陆家镇",
            "巴城镇",
            "千灯镇",
            "淀山湖镇",
            "周庄镇",
            "锦溪镇",
        ];
        Self {
            name: "昆山市".into(),
            since: Date::constant(2000, 1, 1),
            towns: TOWNS.map(str::to_owned).into(),
            bodies: kunshan_bodies(),
        }
    }
}

/// Who they take follows from their names. The one for Taiwan-funded enterprises has no rule and
/// takes the units that are given to it by hand: neither the columns of the ledger nor a credit
/// code say who funds a unit, and guessing it from a name would put units where they do not
/// belong. The article names the last one's lead alone.
fn kunshan_bodies() -> Vec<BodyDraft> {
    use BodyKind::{IndustryCommittee, SpecialCommittee};
    let of_kind = |kind| BodyRule { unit_kind: Some(kind), ..BodyRule::default() };
    let of_industry = |industry| BodyRule { industry: Some(industry), ..BodyRule::default() };
    let in_front = |front| BodyRule { front: Some(front), ..BodyRule::default() };
    let body = |kind, name: &str, lead: &str, rules: Vec<BodyRule>| BodyDraft {
        kind,
        name: name.into(),
        lead_unit: lead.into(),
        sort_no: None,
        rules,
    };
    let social = vec![of_kind(UnitKind::SocialGroup), of_kind(UnitKind::PrivateNonprofit)];
    let talent = vec![in_front(Front::MakerSpace), of_industry(Industry::Research)];
    let committee = |name, kind| body(IndustryCommittee, name, "", vec![of_kind(kind)]);
    vec![
        body(IndustryCommittee, "社会组织行业党委", "", social),
        committee("律师协会行业党委", UnitKind::LawFirm),
        committee("商会行业党委", UnitKind::Chamber),
        committee("个私协会行业党委", UnitKind::SoleTrader),
        committee("民办医疗机构行业党委", UnitKind::PrivateClinic),
        committee("民办学校行业党委", UnitKind::PrivateSchool),
        body(SpecialCommittee, "台资企业党建专委会", "", Vec::new()),
        body(SpecialCommittee, "物业服务党建专委会", "", vec![of_industry(Industry::RealEstate)]),
        body(SpecialCommittee, "人才科创党建专委会", "", talent),
        body(
            SpecialCommittee,
            "文化体育党建专委会",
            "",
            vec![of_industry(Industry::CultureSports)],
        ),
        body(SpecialCommittee, "商圈市场党建专委会", "市商务局", vec![in_front(Front::District)]),
    ]
}

/// Founds the city, or adds the towns and bodies that it lacks by name; changes nothing else.
pub async fn found_city(
    tx: &mut Tx,
    cx: &Cx,
    founding: &Founding,
) -> Result<Founded, FoundingError> {
    let city = match store::city(tx).await? {
        Some(city) => city,
        None => found(tx, cx, founding).await?,
    };
    let known = store::children_since(tx, city, cx.today()).await?;
    let mut towns = Vec::with_capacity(founding.towns.len());
    for name in &founding.towns {
        let folded = fold_name(name);
        let town = if let Some(span) = known.iter().find(|span| span.name_folded == folded) {
            span.place
        } else {
            let new = NewPlace {
                parent: city,
                kind: PlaceKind::Town,
                front: None,
                name: name.clone(),
                address: String::new(),
                from: founding.since,
            };
            create_place(tx, cx, new).await?
        };
        towns.push(town);
    }
    for body in &founding.bodies {
        if store::body_namesake(tx, &fold_name(&body.name), None).await?.is_none() {
            create_body(tx, cx, body.clone()).await?;
        }
    }
    Ok(Founded { city, towns })
}

async fn found(tx: &mut Tx, cx: &Cx, founding: &Founding) -> Result<PlaceId, FoundingError> {
    let permit = policy::found(cx).map_err(TreeError::from)?;
    if founding.since > cx.today() {
        return Err(TreeError::InTheFuture.into());
    }
    let (name, name_folded) = fit_name(&founding.name)?;
    let span = Span {
        place: cx.new_id(),
        kind: PlaceKind::City,
        version: 1,
        from: founding.since,
        to: OPEN,
        parent: None,
        name,
        name_folded,
        address: String::new(),
        sort_no: 1,
    };
    store::insert_place(tx, &permit, (span.place, PlaceKind::City, None), cx.now).await?;
    store::write_span(tx, &permit, &span).await?;
    let detail = json!({ "name": span.name, "on": founding.since.to_string() });
    tx.journal(cx, Entry::on("city.founded", span.place).detail(&detail));
    Ok(span.place)
}

/// Why the city was not founded.
#[derive(Debug, thiserror::Error)]
pub enum FoundingError {
    /// The city or a town.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// A body.
    #[error(transparent)]
    Body(#[from] ChangeError),
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] db::Fault),
}
