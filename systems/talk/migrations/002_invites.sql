-- An invite is for one identity at one provider. It leaves `pending` once, and what it became stays.
create table invites (
  id uuid primary key default gen_random_uuid(),
  inviter_id uuid not null references users (id),
  provider text not null,
  invitee_provider_id text not null,
  invitee_handle text not null,
  invitee_name text,
  token text not null,
  status text not null default 'pending',
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  accepted_by_user_id uuid references users (id),
  revoked_at timestamptz,
  constraint invites_token unique (token),
  constraint invites_token_length check (char_length(token) >= 16),
  constraint invites_provider_known check (provider in ('bluesky', 'twitter')),
  constraint invites_status_known check (status in ('pending', 'accepted', 'revoked', 'expired')),
  constraint invites_invitee_provider_id_length check (char_length(invitee_provider_id) between 1 and 255),
  constraint invites_bluesky_did check (provider <> 'bluesky' or invitee_provider_id like 'did:%'),
  constraint invites_invitee_handle_length check (char_length(invitee_handle) between 1 and 255),
  constraint invites_expire_after_creation check (expires_at > created_at),
  constraint invites_accepted_together check (
    (status = 'accepted') = (accepted_at is not null) and (status = 'accepted') = (accepted_by_user_id is not null)
  ),
  constraint invites_revoked_together check ((status = 'revoked') = (revoked_at is not null)),
  constraint invites_accepted_in_time check (accepted_at is null or accepted_at < expires_at),
  constraint invites_not_for_oneself check (accepted_by_user_id is null or accepted_by_user_id <> inviter_id)
);

create unique index invites_one_pending_per_identity on invites (provider, invitee_provider_id) where status = 'pending';
create index invites_inviter on invites (inviter_id, created_at desc);

create function guard_invite() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    if old.status = 'accepted' then
      raise exception 'an accepted invite stays' using errcode = 'check_violation', constraint = 'invites_accepted_stays';
    end if;
    return old;
  end if;
  if old.status <> 'pending' then
    raise exception 'invite is % and cannot change any more', old.status
      using errcode = 'check_violation', constraint = 'invites_final';
  end if;
  if (new.id, new.inviter_id, new.provider, new.invitee_provider_id, new.token, new.created_at)
     is distinct from (old.id, old.inviter_id, old.provider, old.invitee_provider_id, old.token, old.created_at) then
    raise exception 'whom an invite is from and for cannot change'
      using errcode = 'check_violation', constraint = 'invites_fixed';
  end if;
  return new;
end
$$;

create trigger invites_guard before update or delete on invites for each row execute function guard_invite();

-- Deferred, so that one transaction may write user, identity and acceptance in any order.
create function check_invite_accepted_by_invitee() returns trigger language plpgsql as $$
begin
  if not exists (
    select from user_identities
    where user_id = new.accepted_by_user_id
      and provider = new.provider
      and provider_user_id = new.invitee_provider_id
  ) then
    raise exception 'an invite is accepted by the identity it is for'
      using errcode = 'check_violation', constraint = 'invites_accepted_by_invitee';
  end if;
  return null;
end
$$;

create constraint trigger invites_accepted_by_invitee
  after insert or update on invites
  deferrable initially deferred
  for each row when (new.status = 'accepted')
  execute function check_invite_accepted_by_invitee();
