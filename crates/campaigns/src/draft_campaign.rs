//! A new campaign, and a draft with other terms. What was approved keeps its terms; its words may
//! still be set right.

use std::collections::BTreeMap;

use db::{Entry, Tx};
use kernel::Cx;
use places::Atlas;
use serde_json::{Value, json};
use web::FieldErrors;

use crate::{
    Campaign, CampaignError, CampaignId, CampaignState, FunderId, Pledge, Sight, Step, Terms,
    policy, store,
    terms::{ABOUT_LIMIT, NAME_LIMIT, check_length, check_name, check_phone},
};

/// Drafts a campaign. The drafter must run all of its places.
pub async fn draft_campaign(
    tx: &mut Tx,
    cx: &Cx,
    terms: Terms,
) -> Result<CampaignId, CampaignError> {
    let atlas = Atlas::load(tx, cx.today()).await?;
    let permit = policy::draft(&cx.actor, &atlas, &terms.places)?;
    let blank = Campaign {
        id: cx.new_id(),
        slug: String::new(),
        name: String::new(),
        name_en: String::new(),
        about: String::new(),
        about_en: String::new(),
        phone: String::new(),
        state: CampaignState::Draft,
        state_reason: String::new(),
        from_on: terms.from_on,
        last_on: terms.last_on,
        drafted_by: None,
        approved_at: None,
        places: Vec::new(),
        sponsors: Vec::new(),
        pledges: Vec::new(),
        version: 1,
    };
    let new = apply(tx, cx, &atlas, blank, terms).await?;
    if !store::insert_campaign(tx, &permit, &new, cx.now).await? {
        return Err(slug_taken());
    }
    tx.journal(cx, Entry::on("campaign.drafted", new.id).detail(&told(&new)));
    Ok(new.id)
}

/// Gives a draft other terms. Whoever had agreed is asked again.
pub async fn change_campaign(
    tx: &mut Tx,
    cx: &Cx,
    (id, version): (CampaignId, i64),
    terms: Terms,
) -> Result<(), CampaignError> {
    let Sight { campaign: old, atlas, .. } = Sight::to_change(tx, cx, id, Some(version)).await?;
    let permit = policy::run(&cx.actor, &atlas, &old)?;
    policy::draft(&cx.actor, &atlas, &terms.places)?;
    let step = Step::Change;
    if old.state.after(step).is_none() {
        return Err(CampaignError::WrongState { state: old.state, step });
    }
    let new = apply(tx, cx, &atlas, old.clone(), terms).await?;
    let new = Campaign { version: version + 1, ..new };
    store::update_campaign(tx, &permit, &new).await?;
    store::write_lists(tx, &permit, &new).await?;
    let detail = json!({ "before": told(&old), "after": told(&new) });
    tx.journal(cx, Entry::on("campaign.changed", id).detail(&detail));
    Ok(())
}

/// Words that bind nobody.
#[derive(Clone, Debug)]
pub struct Wording {
    /// Its name.
    pub name: String,
    /// Its name in English, or empty.
    pub name_en: String,
    /// What it is.
    pub about: String,
    /// The same in English, or empty.
    pub about_en: String,
    /// Whom visitors ring up; empty for the site's own number.
    pub phone: String,
}

/// Sets the words of an approved or running campaign right.
pub async fn reword_campaign(
    tx: &mut Tx,
    cx: &Cx,
    (id, version): (CampaignId, i64),
    words: Wording,
) -> Result<(), CampaignError> {
    let Sight { campaign: old, atlas, .. } = Sight::to_change(tx, cx, id, Some(version)).await?;
    let permit = policy::run(&cx.actor, &atlas, &old)?;
    if !old.state.is_open() {
        return Err(CampaignError::Over(old.state));
    }
    let mut errors = FieldErrors::new();
    check_name(&words.name, &mut errors);
    check_length("name_en", &words.name_en, NAME_LIMIT * 2, &mut errors);
    check_length("about", &words.about, ABOUT_LIMIT, &mut errors);
    check_length("about_en", &words.about_en, ABOUT_LIMIT * 3, &mut errors);
    check_phone(&words.phone, &mut errors);
    if !errors.is_empty() {
        return Err(CampaignError::Fields(errors));
    }
    let Wording { name, name_en, about, about_en, phone } = words;
    let new = Campaign {
        name: name.trim().into(),
        name_en,
        about,
        about_en,
        phone,
        version: version + 1,
        ..old.clone()
    };
    store::update_campaign(tx, &permit, &new).await?;
    let detail = json!({ "before": told(&old), "after": told(&new) });
    tx.journal(cx, Entry::on("campaign.reworded", id).detail(&detail));
    Ok(())
}

/// The campaign with these terms, if they fit.
async fn apply(
    tx: &mut Tx,
    cx: &Cx,
    atlas: &Atlas,
    old: Campaign,
    terms: Terms,
) -> Result<Campaign, CampaignError> {
    let mut errors = terms.check(atlas);
    let taken = store::id_of_slug(tx, &terms.slug).await?;
    if taken.is_some_and(|other| other != old.id) {
        errors.add("slug", SLUG_TAKEN);
    }
    let names: BTreeMap<FunderId, String> =
        store::funders(tx).await?.into_iter().map(|one| (one.id, one.name)).collect();
    let mut pledges = Vec::new();
    for (funder, amount) in terms.pledges {
        match names.get(&funder) {
            Some(name) => {
                pledges.push(Pledge { funder, name: name.clone(), amount, agreed_at: None });
            }
            None => errors.add("pledges", "请从列表里选出资单位"),
        }
    }
    if !errors.is_empty() {
        return Err(CampaignError::Fields(errors));
    }
    Ok(Campaign {
        slug: terms.slug,
        name: terms.name.trim().into(),
        name_en: terms.name_en.trim().into(),
        about: terms.about.trim().into(),
        about_en: terms.about_en.trim().into(),
        phone: terms.phone.trim().into(),
        from_on: terms.from_on,
        last_on: terms.last_on,
        drafted_by: cx.actor.account(),
        places: terms.places,
        sponsors: terms.sponsors,
        pledges,
        ..old
    })
}

const SLUG_TAKEN: &str = "这个网址已经有别的活动用了，请换一个";

fn slug_taken() -> CampaignError {
    let mut errors = FieldErrors::new();
    errors.add("slug", SLUG_TAKEN);
    CampaignError::Fields(errors)
}

fn told(one: &Campaign) -> Value {
    let pledges = one.pledges.iter().map(|pledge| {
        json!({ "funder": pledge.funder, "name": pledge.name, "amount_fen": pledge.amount.0 })
    });
    let sponsors =
        one.sponsors.iter().map(|sponsor| json!({ "part": sponsor.part, "name": sponsor.name }));
    json!({
        "name": one.name, "slug": one.slug, "about": one.about, "phone": one.phone,
        "from": one.from_on.to_string(), "last": one.last_on.to_string(),
        "places": one.places, "pledges": pledges.collect::<Vec<_>>(),
        "sponsors": sponsors.collect::<Vec<_>>(),
    })
}
