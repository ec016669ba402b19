# The part of JSON Schema 2020-12 that docs/report.schema.json uses: type, const, enum, properties, required, items, $ref to $defs. Stricter in one
# thing: a key that the schema does not have is wrong, so that nothing is there which nobody described.
package JsonSchema;
use strict;
use warnings;
use B;
use JSON::PP ();

sub new {
	my ($class, $schema) = @_;
	return bless { root => $schema }, $class;
}

# What JSON::PP made of a value: a number keeps its number flag.
sub type_of {
	my ($value) = @_;
	return 'null' unless defined $value;
	return 'boolean' if JSON::PP::is_bool($value);
	return 'array' if ref $value eq 'ARRAY';
	return 'object' if ref $value eq 'HASH';
	my $flags = B::svref_2object(\$value)->FLAGS;
	return 'string' if $flags & B::SVf_POK && !($flags & (B::SVf_IOK | B::SVf_NOK));
	return $flags & B::SVf_IOK ? 'integer' : 'number';
}

sub has_type {
	my ($value, $wanted) = @_;
	my $type = type_of($value);
	return scalar grep { $type eq $_ || ($_ eq 'number' && $type eq 'integer') } ref $wanted ? @$wanted : $wanted;
}

sub resolve {
	my ($self, $schema) = @_;
	return $schema unless $schema->{'$ref'};
	my ($name) = $schema->{'$ref'} =~ m{^#/\$defs/(\w+)$} or die "\$ref $schema->{'$ref'}";
	return $self->{root}{'$defs'}{$name} // die "no $name";
}

# Sentences about what is wrong in $value; none: it is as described.
sub problems {
	my ($self, $value, $schema, $where) = @_;
	$schema = $self->resolve($schema // $self->{root});
	$where //= '$';
	return "$where is " . type_of($value) if exists $schema->{type} && !has_type($value, $schema->{type});
	return "$where is not $schema->{const}" if exists $schema->{const} && (!defined $value || $value ne $schema->{const});
	if ($schema->{enum}) {
		my $known = grep { defined $_ ? defined $value && $_ eq $value : !defined $value } @{ $schema->{enum} };
		return "$where is '" . ($value // 'null') . "'" unless $known;
	}
	my $type = type_of($value);
	return $self->in_object($value, $schema, $where) if $type eq 'object';
	return map { $self->problems($value->[$_], $schema->{items}, "$where\[$_]") } 0 .. $#$value if $type eq 'array' && $schema->{items};
	return;
}

sub in_object {
	my ($self, $value, $schema, $where) = @_;
	my $known = $schema->{properties} // {};
	my @wrong = map { "$where has no $_" } grep { !exists $value->{$_} } @{ $schema->{required} // [] };
	push @wrong, map { "$where has $_, which is not described" } grep { !$known->{$_} } sort keys %$value;
	push @wrong, map { $self->problems($value->{$_}, $known->{$_}, "$where.$_") } grep { $known->{$_} } sort keys %$value;
	return @wrong;
}

1;
