//! Forms of sub-events and of the programme.

use axum::extract::Path;
use jiff::Timestamp;
use kernel::{Code as _, time::start_of};
use places::{PlaceId, PlaceKind};
use web::{Answer, Ask, FieldErrors, Form, Refused};

use crate::{
    CampaignId, ItemId, NewItem, NewSubEvent, Sight, SubEvent, SubEventId, SubEventKind,
    add_programme_item, add_sub_event, cancel_sub_event, change_sub_event,
    pages::{
        form_page::{Choice, Field, FormPage, Takes},
        frame::{id_of, run, see, version_field},
        times::{moment_field, typed},
    },
    remove_programme_item, store, sub_events,
};

/// `GET /campaigns/{id}/sub-events/new`
pub(crate) async fn new(ask: Ask, Path(id): Path<String>) -> Answer {
    event_form(&ask, &id, None).await?.show(&ask)
}

/// `POST /campaigns/{id}/sub-events`
pub(crate) async fn create(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let campaign: CampaignId = id_of(&id)?;
    let mut errors = FieldErrors::new();
    let new = read_event(&form, &mut errors);
    if errors.is_empty() {
        let mut tx = ask.db().write().await?;
        match add_sub_event(&mut tx, &ask.cx, campaign, new).await {
            Ok(_) => {
                tx.commit().await?;
                return Ok(see(format_args!("/campaigns/{campaign}#h-events")));
            }
            Err(refused) => errors = refused.into_errors()?,
        }
    }
    event_form(&ask, &id, None).await?.show_again(&ask, &form, &errors)
}

/// The sub-event of an address, and the id of its campaign.
async fn find(ask: &Ask, id: &str) -> Answer<SubEvent> {
    let id: SubEventId = id_of(id)?;
    let mut tx = ask.db().read().await?;
    store::sub_event(&mut tx, id).await?.ok_or(Refused::NotFound)
}

/// `GET /sub-events/{id}/change`
pub(crate) async fn change(ask: Ask, Path(id): Path<String>) -> Answer {
    let old = find(&ask, &id).await?;
    event_form(&ask, &old.campaign.to_string(), Some(&old)).await?.show(&ask)
}

/// `POST /sub-events/{id}`
pub(crate) async fn changed(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let old = find(&ask, &id).await?;
    let mut errors = FieldErrors::new();
    let new = read_event(&form, &mut errors);
    if errors.is_empty() {
        let mut tx = ask.db().write().await?;
        let read = (old.id, version_field(&form));
        match change_sub_event(&mut tx, &ask.cx, read, new).await {
            Ok(()) => {
                tx.commit().await?;
                return Ok(see(format_args!("/campaigns/{}#h-events", old.campaign)));
            }
            Err(refused) => errors = refused.into_errors()?,
        }
    }
    let page = event_form(&ask, &old.campaign.to_string(), Some(&old)).await?;
    page.show_again(&ask, &form, &errors)
}

/// `POST /sub-events/{id}/cancellations`
pub(crate) async fn cancel(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let old = find(&ask, &id).await?;
    let mut tx = ask.db().write().await?;
    let read = (old.id, version_field(&form));
    cancel_sub_event(&mut tx, &ask.cx, read, form.get("reason")).await?;
    tx.commit().await?;
    Ok(see(format_args!("/campaigns/{}#h-events", old.campaign)))
}

async fn event_form(ask: &Ask, campaign: &str, old: Option<&SubEvent>) -> Answer<FormPage> {
    let mut tx = ask.db().read().await?;
    let sight = run(ask, &mut tx, campaign).await?;
    let one = &sight.campaign;
    let text = |pick: fn(&SubEvent) -> &String| old.map(pick).cloned().unwrap_or_default();
    let first = start_of(one.from_on);
    let (from, to) = old.map_or((first, first), |old| (old.from_at, old.to_at));
    let kinds = SubEventKind::ALL.iter().map(|kind| Choice::new(kind.code(), kind.label()));
    let kinds = Takes::Choice(kinds.collect());
    let kind = old.map_or(SubEventKind::GoodsFair, |old| old.kind);
    let place = old.map(|old| old.place.to_string()).unwrap_or_default();
    let places = Takes::Choice(place_choices(&sight));
    Ok(FormPage {
        heading: if old.is_some() { "改子活动" } else { "添子活动" },
        crumbs: vec![(one.name.clone(), format!("/campaigns/{}", one.id))],
        note: String::new(),
        action: match old {
            Some(old) => format!("/sub-events/{}", old.id),
            None => format!("/campaigns/{}/sub-events", one.id),
        },
        submit: "存下",
        back: format!("/campaigns/{}", one.id),
        version: old.map(|old| old.version),
        fields: vec![
            Field::new("kind", "类别", kinds).value(kind.code()),
            Field::line("name", "名称").value(text(|old| &old.name)),
            Field::line("name_en", "英文名称").value(text(|old| &old.name_en)).optional(),
            Field::new("place", "地点", places).value(place),
            Field::new("from_at", "开始", Takes::Moment).value(typed(from)),
            Field::new("to_at", "结束", Takes::Moment).value(typed(to)),
            Field::text("about", "介绍").value(text(|old| &old.about)).optional(),
            Field::text("about_en", "英文介绍").value(text(|old| &old.about_en)).optional(),
        ],
    })
}

/// The campaign's places and everything in them but shops.
fn place_choices(sight: &Sight) -> Vec<Choice> {
    let all = sight.campaign.places.iter().flat_map(|place| sight.atlas.subtree(*place));
    let is_wide =
        |id: &PlaceId| sight.atlas.place(*id).is_some_and(|place| place.kind != PlaceKind::Shop);
    let label = |id: PlaceId| {
        let path = sight.atlas.path(id);
        if path.is_empty() { sight.atlas.name(id).to_owned() } else { path }
    };
    all.filter(is_wide).map(|id| Choice::new(id, label(id))).collect()
}

fn read_event(form: &Form, errors: &mut FieldErrors) -> NewSubEvent {
    let kind = SubEventKind::from_code(form.get("kind"));
    if kind.is_none() {
        errors.add("kind", "请从列表里选");
    }
    form.required("place", errors);
    let place: Option<PlaceId> = form.parsed("place", "请从列表里选", errors);
    NewSubEvent {
        kind: kind.unwrap_or(SubEventKind::GoodsFair),
        name: form.required("name", errors),
        name_en: form.get("name_en").into(),
        about: form.get("about").into(),
        about_en: form.get("about_en").into(),
        // Never used: the error above keeps the verb from being called.
        place: place.unwrap_or(const { PlaceId::from_uuid(uuid::Uuid::nil()) }),
        from_at: moment_field(form, "from_at", errors),
        to_at: moment_field(form, "to_at", errors),
    }
}

/// `GET /campaigns/{id}/programme/new`
pub(crate) async fn new_item(ask: Ask, Path(id): Path<String>) -> Answer {
    item_form(&ask, &id).await?.show(&ask)
}

async fn item_form(ask: &Ask, campaign: &str) -> Answer<FormPage> {
    let mut tx = ask.db().read().await?;
    let sight = run(ask, &mut tx, campaign).await?;
    let one = &sight.campaign;
    let events = sub_events(&mut tx, one.id).await?;
    let mut of = vec![Choice::new("", "整个活动")];
    let standing = events.iter().filter(|event| event.stands());
    of.extend(standing.map(|event| Choice::new(event.id, event.name.clone())));
    let mut places = vec![Choice::new("", "不写地点")];
    places.extend(place_choices(&sight));
    let first = typed(start_of(one.from_on));
    Ok(FormPage {
        heading: "添日程",
        crumbs: vec![(one.name.clone(), format!("/campaigns/{}", one.id))],
        note: String::new(),
        action: format!("/campaigns/{}/programme", one.id),
        submit: "存下",
        back: format!("/campaigns/{}", one.id),
        version: None,
        fields: vec![
            Field::line("title", "什么事"),
            Field::line("title_en", "英文").optional(),
            Field::new("sub_event", "属于", Takes::Choice(of)),
            Field::new("place", "地点", Takes::Choice(places)),
            Field::new("from_at", "开始", Takes::Moment).value(&first),
            Field::new("to_at", "结束", Takes::Moment).optional().hint("没有结束时间就不填"),
        ],
    })
}

/// `POST /campaigns/{id}/programme`
pub(crate) async fn add_item(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let campaign: CampaignId = id_of(&id)?;
    let mut errors = FieldErrors::new();
    let from_at = moment_field(&form, "from_at", &mut errors);
    let to_at: Timestamp = match form.optional("to_at") {
        Some(_) => moment_field(&form, "to_at", &mut errors),
        None => from_at,
    };
    let new = NewItem {
        sub_event: form.parsed("sub_event", "请从列表里选", &mut errors),
        title: form.required("title", &mut errors),
        title_en: form.get("title_en").into(),
        place: form.parsed("place", "请从列表里选", &mut errors),
        from_at,
        to_at,
    };
    if errors.is_empty() {
        let mut tx = ask.db().write().await?;
        match add_programme_item(&mut tx, &ask.cx, campaign, new).await {
            Ok(_) => {
                tx.commit().await?;
                return Ok(see(format_args!("/campaigns/{campaign}#h-items")));
            }
            Err(refused) => errors = refused.into_errors()?,
        }
    }
    item_form(&ask, &id).await?.show_again(&ask, &form, &errors)
}

/// `POST /campaigns/{id}/programme/{item}/removals`
pub(crate) async fn remove_item(ask: Ask, Path((id, item)): Path<(String, String)>) -> Answer {
    let (campaign, item): (CampaignId, ItemId) = (id_of(&id)?, id_of(&item)?);
    let mut tx = ask.db().write().await?;
    remove_programme_item(&mut tx, &ask.cx, (campaign, item)).await?;
    tx.commit().await?;
    Ok(see(format_args!("/campaigns/{campaign}#h-items")))
}
