//! The forms that register a merchant and change its record.

use axum::extract::Path;
use kernel::Uscc;
use places::PlaceId;
use web::{Answer, Ask, FieldErrors, Form, Refused};

use crate::{
    KEEPERS, Merchant, MerchantChange, MerchantId, NewMerchant, change_merchant, keeps, keeps_at,
    pages::{
        desk::{Desk, id_of, see, version_field},
        form_page::{Field, FormPage},
        merchants::town_choices,
    },
    register_merchant, town_of,
};

/// Towns in which the actor keeps the register, whole or in part.
fn towns(ask: &Ask, desk: &Desk) -> Vec<PlaceId> {
    let reach = places::Reach::of(&ask.cx.actor, &desk.atlas, KEEPERS);
    let towns = desk.atlas.towns().iter().copied();
    towns.filter(|town| reach.sees_place(&desk.atlas, *town)).collect()
}

fn fields(ask: &Ask, desk: &Desk, old: Option<&Merchant>, place: Option<PlaceId>) -> Vec<Field> {
    let place = old.map(|one| one.place).or(place);
    let town = old.map(|one| town_of(&desk.atlas, one));
    let town = town.or_else(|| place.and_then(|place| desk.atlas.town_of(place)));
    let towns = town_choices(&desk.atlas, &towns(ask, desk));
    let uscc = old.and_then(|one| one.uscc.as_ref()).map(ToString::to_string);
    vec![
        Field::line("name", "名称").value(old.map_or("", |one| &one.name)).hint("照店招写"),
        Field::choice("town", "区镇", towns)
            .value(town.map(|town| town.to_string()).unwrap_or_default()),
        Field::line("place", "地点")
            .value(place.map(|place| desk.atlas.path(place)).unwrap_or_default())
            .hint("阵地、楼层或商铺，如 万象汇/一层/拾光里"),
        Field::line("uscc", "统一社会信用代码").value(uscc.unwrap_or_default()).optional(),
    ]
}

fn read_uscc(form: &Form, errors: &mut FieldErrors) -> Option<Uscc> {
    match form.optional("uscc")?.parse::<Uscc>() {
        Ok(uscc) => Some(uscc),
        Err(why) => {
            errors.add("uscc", why.message());
            None
        }
    }
}

fn new_form(ask: &Ask, desk: &Desk) -> FormPage {
    let query = Form::parse(ask.query.as_bytes());
    let place: Option<PlaceId> = query.get("place").parse().ok();
    let place = place.filter(|place| keeps_at(&ask.cx.actor, &desk.atlas, *place));
    FormPage {
        heading: "登记商户",
        under: "/merchants",
        crumbs: vec![("商户".into(), "/merchants".into())],
        note: "一个门店登记一家；联系电话和收款账户登记以后再填".into(),
        action: "/merchants".into(),
        submit: "登记这家商户",
        back: "/merchants".into(),
        version: None,
        fields: fields(ask, desk, None, place),
    }
}

/// `GET /merchants/new`
pub(crate) async fn new(ask: Ask) -> Answer {
    let desk = Desk::read(&ask).await?;
    new_form(&ask, &desk).show(&ask)
}

/// `POST /merchants`
pub(crate) async fn create(ask: Ask, form: Form) -> Answer {
    let mut desk = Desk::write(&ask).await?;
    let mut errors = FieldErrors::new();
    let name = form.required("name", &mut errors);
    let place = desk.typed_place(&form, &mut errors);
    let uscc = read_uscc(&form, &mut errors);
    if let Some(place) = place.filter(|_| errors.is_empty()) {
        let new = NewMerchant { name, uscc, place };
        match register_merchant(&mut desk.tx, &ask.cx, &desk.atlas, new).await {
            Ok(id) => {
                desk.tx.commit().await?;
                return Ok(see(format_args!("/merchants/{id}")));
            }
            Err(refused) => errors = refused.into_errors()?,
        }
    }
    new_form(&ask, &desk).show_again(&ask, &form, &errors)
}

async fn change_form(ask: &Ask, desk: &mut Desk, id: MerchantId) -> Answer<FormPage> {
    let merchant = desk.merchant(ask, id).await?;
    if !keeps(&ask.cx.actor, &desk.atlas, &merchant) {
        return Err(Refused::Forbidden);
    }
    Ok(FormPage {
        heading: "改商户",
        under: "/merchants",
        crumbs: vec![
            ("商户".into(), "/merchants".into()),
            (merchant.name.clone(), format!("/merchants/{id}")),
        ],
        note: String::new(),
        action: format!("/merchants/{id}"),
        submit: "存这些改动",
        back: format!("/merchants/{id}"),
        version: Some(merchant.version),
        fields: fields(ask, desk, Some(&merchant), None),
    })
}

/// `GET /merchants/{id}/change`
pub(crate) async fn change(ask: Ask, Path(id): Path<String>) -> Answer {
    let mut desk = Desk::read(&ask).await?;
    change_form(&ask, &mut desk, id_of(&id)?).await?.show(&ask)
}

/// `POST /merchants/{id}`
pub(crate) async fn changed(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let id: MerchantId = id_of(&id)?;
    let mut desk = Desk::write(&ask).await?;
    let merchant = desk.merchant(&ask, id).await?;
    let mut errors = FieldErrors::new();
    let name = form.required("name", &mut errors);
    // The form shows a place that has closed meanwhile as nothing: left so, it stays.
    let place = if form.get("place").is_empty() && desk.atlas.place(merchant.place).is_none() {
        Some(merchant.place)
    } else {
        desk.typed_place(&form, &mut errors)
    };
    let uscc = read_uscc(&form, &mut errors);
    if let Some(place) = place.filter(|_| errors.is_empty()) {
        let version = version_field(&form);
        let change = MerchantChange { merchant: id, name, uscc, place, version };
        match change_merchant(&mut desk.tx, &ask.cx, &desk.atlas, change).await {
            Ok(()) => {
                desk.tx.commit().await?;
                return Ok(see(format_args!("/merchants/{id}")));
            }
            Err(refused) => errors = refused.into_errors()?,
        }
    }
    change_form(&ask, &mut desk, id).await?.show_again(&ask, &form, &errors)
}
