-- A session stands behind every token handed out, so that logging out ends it before the token expires.
create table sessions (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references users (id) on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  constraint sessions_expire_after_creation check (expires_at > created_at)
);

create index sessions_user on sessions (user_id);

create function guard_session() returns trigger language plpgsql as $$
begin
  if old.revoked_at is not null and new.revoked_at is distinct from old.revoked_at then
    raise exception 'a session that was ended stays so' using errcode = 'check_violation', constraint = 'sessions_final';
  end if;
  if (new.id, new.user_id) is distinct from (old.id, old.user_id) then
    raise exception 'a session stays with its user' using errcode = 'check_violation', constraint = 'sessions_fixed';
  end if;
  return new;
end
$$;

create trigger sessions_guard before update on sessions for each row execute function guard_session();

-- A login on its way: what must be remembered between leaving for the provider and coming back.
create table oauth_sessions (
  state text primary key,
  provider text not null,
  pkce_verifier text not null,
  issuer text,
  did text,
  dpop_private_jwk jsonb,
  dpop_nonces jsonb not null default '{}',
  auth_method jsonb,
  invite_token text,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  constraint oauth_sessions_state_length check (char_length(state) >= 16),
  constraint oauth_sessions_provider_known check (provider in ('bluesky', 'twitter')),
  constraint oauth_sessions_pkce_verifier_length check (char_length(pkce_verifier) between 43 and 128),
  constraint oauth_sessions_did check (did is null or (did like 'did:%' and char_length(did) <= 255)),
  constraint oauth_sessions_dpop_nonces_object check (jsonb_typeof(dpop_nonces) = 'object'),
  constraint oauth_sessions_lifetime check (expires_at > created_at and expires_at <= created_at + interval '15 minutes')
);

create index oauth_sessions_expiry on oauth_sessions (expires_at);
