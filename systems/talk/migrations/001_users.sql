-- People and the accounts elsewhere that they prove themselves with.
create table users (
  id uuid primary key default gen_random_uuid(),
  handle text not null,
  avatar_url text,
  email text,
  bio text,
  karma integer not null default 0,
  invite_quota integer not null default 5,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint users_handle_length check (char_length(handle) between 1 and 255),
  constraint users_invite_quota_not_negative check (invite_quota >= 0)
);

create table user_identities (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references users (id) on delete cascade,
  provider text not null,
  provider_user_id text not null,
  handle text not null,
  is_primary boolean not null default false,
  created_at timestamptz not null default now(),
  last_login_at timestamptz,
  constraint user_identities_provider_known check (provider in ('bluesky', 'twitter')),
  constraint user_identities_provider_user_id_length check (char_length(provider_user_id) between 1 and 255),
  constraint user_identities_bluesky_did check (provider <> 'bluesky' or provider_user_id like 'did:%'),
  constraint user_identities_handle_length check (char_length(handle) between 1 and 255),
  constraint user_identities_provider_user unique (provider, provider_user_id)
);

create index user_identities_user on user_identities (user_id);
create unique index user_identities_one_primary on user_identities (user_id) where is_primary;

create function touch_updated_at() returns trigger language plpgsql as $$
begin
  new.updated_at := now();
  return new;
end
$$;

create trigger users_touch_updated_at before update on users for each row execute function touch_updated_at();
